import { type AcknowledgePorts, acknowledgeBatch } from '../../services/archiver/ack-batch';
import type { EventPublisher } from '../../services/archiver/kafka/publish-events';
import { SETTLE_PORTS } from '../../services/archiver/sql/acked-rows';
import { PENDING_ACKS } from '../../services/archiver/sql/pending-acks';
import { settleEarlyAcks } from '../../services/archiver/wiring/settle-early-acks';
import type { SmsReceivedAck } from '../../shared/avro/records';
import { forEngine, type Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import type { KafkaRecord } from '../../shared/kafka/ports';
import { runOn } from '../support/run-on';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { nowhere, useArchiver } from './archiver-world';

const AT = 1_700_000_000_123;
const now = new Date(AT);

onEachEngine('acknowledgements of received messages', (engine) => {
  const world = useArchiver(engine);
  let refused: string[];
  const pending = forEngine(engine, PENDING_ACKS);
  const settle = forEngine(engine, SETTLE_PORTS);
  beforeEach(async () => {
    refused = [];
    for (const [username, appId, role, enabled] of [
      ['CARE', 'care', 'customer-service', true],
      ['CARE2', 'care', 'customer-service', true],
      ['GONE', 'gone', 'customer-service', false],
      ['SHOP', 'shop', 'application', true],
    ])
      await world.database.run(
        'INSERT INTO login_user (username, app_id, role, enabled, created_at) VALUES ($1, $2, $3, $4, $5)',
        [username, appId, role, enabled, now],
      );
  });

  const publisher: EventPublisher = {
    ...nowhere,
    publishRefusedAcks: async (acks) => void refused.push(...acks.map(({ receivedId }) => receivedId)),
  };
  const ports: AcknowledgePorts<Tx> = {
    ...settle,
    decode: async (records) =>
      records.map((record) => ({ ok: true as const, value: JSON.parse(String(record.value)) as SmsReceivedAck })),
    inTransaction: (work) => inTransaction(world.archiver, work),
    storePending: pending.store,
    publishRefused: async (dead) => void refused.push(...dead.map(({ reason }) => reason)),
    now: () => AT,
    crashPoint: () => undefined,
  };
  const acknowledge = (...acks: readonly (readonly [id: string, appId: string, at?: number])[]) =>
    acknowledgeBatch(
      acks.map(([receivedId, appId, processedAt = AT]) => ({
        topic: 't',
        partition: 0,
        offset: 0,
        key: null,
        value: Buffer.from(JSON.stringify({ receivedId, appId, processedAt })),
        headers: {},
        timestamp: AT,
      })) as unknown as readonly KafkaRecord[],
      ports,
    );
  const settleEarly = (limit = 100) =>
    inTransaction(world.archiver, (tx) => settleEarlyAcks(tx, limit, pending, settle, publisher));

  const COLUMNS = 'received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at';
  const inbound = (id: string, appId: string | null = 'billing') =>
    world.database.run(
      `INSERT INTO sm_receive_t (${COLUMNS}) VALUES ($1, '8613800138000', '10698001', $2, 'ok', $3, $3, $3)`,
      [id, appId, now],
    );
  const inHistory = (id: string) =>
    world.database.run(
      `INSERT INTO sm_receive_t_log (${COLUMNS}, archived_at, outcome) VALUES ($1, '1', '2', 'billing', 'ok', $2, $2, $2, $2, 'unprocessed')`,
      [id, now],
    );
  const processed = (table = 'sm_receive_t') =>
    world.database.run(`SELECT received_id, processed_at, processed_by FROM ${table} ORDER BY received_id`);
  const waiting = () =>
    world.database.run('SELECT received_id, app_id, processed_at, stored_at FROM sm_receive_ack ORDER BY received_id');

  it('count once: the first allowed one of a message, in the live table or the history', async () => {
    for (const id of ['own', 'care', 'foreign', 'disabled']) await inbound(id);
    await inbound('nobodys', null);
    await inHistory('late');
    expect(
      await acknowledge(
        ['own', 'billing', AT + 5],
        ['own', 'billing', AT + 9],
        ['care', 'care'],
        ['foreign', 'shop'],
        ['disabled', 'gone'],
        ['nobodys', 'billing'],
        ['late', 'billing'],
        ['late', 'care'],
      ),
    ).toEqual({ applied: 3, waiting: 0, repeated: 2, refused: 3 });
    expect(refused).toEqual(['ACK_NOT_ALLOWED', 'ACK_NOT_ALLOWED', 'ACK_NOT_ALLOWED']);
    expect(await processed()).toEqual([
      { received_id: 'care', processed_at: now, processed_by: 'care' },
      { received_id: 'disabled', processed_at: null, processed_by: null },
      { received_id: 'foreign', processed_at: null, processed_by: null },
      { received_id: 'nobodys', processed_at: null, processed_by: null },
      { received_id: 'own', processed_at: new Date(AT + 5), processed_by: 'billing' },
    ]);
    expect(await world.database.run('SELECT processed_by, outcome FROM sm_receive_t_log')).toEqual([
      { processed_by: 'billing', outcome: 'processed' },
    ]);
    // as after a crash between the commit of the database and of the offsets
    expect(await acknowledge(['own', 'billing', AT + 7])).toMatchObject({ applied: 0, repeated: 1 });
    expect(await world.database.run(`SELECT processed_at FROM sm_receive_t WHERE received_id = 'own'`)).toEqual([
      { processed_at: new Date(AT + 5) },
    ]);
  });

  it('are kept when they come before their message, the first of each, and take effect with it', async () => {
    expect(await acknowledge(['early', 'billing', AT + 1], ['early', 'care', AT + 2], ['never', 'shop'])).toMatchObject(
      {
        waiting: 3,
      },
    );
    expect(await acknowledge(['early', 'care', AT + 3], ['other', 'shop'])).toMatchObject({ waiting: 2 });
    expect(await waiting()).toEqual([
      { received_id: 'early', app_id: 'billing', processed_at: new Date(AT + 1), stored_at: now },
      { received_id: 'never', app_id: 'shop', processed_at: now, stored_at: now },
      { received_id: 'other', app_id: 'shop', processed_at: now, stored_at: now },
    ]);
    expect(await settleEarly()).toEqual({ taken: 0, applied: 0, refused: 0 });
    await inbound('early');
    await inHistory('other');
    expect(await settleEarly()).toEqual({ taken: 2, applied: 1, refused: 1 });
    expect(await processed()).toEqual([
      { received_id: 'early', processed_at: new Date(AT + 1), processed_by: 'billing' },
    ]);
    expect(refused).toEqual(['other']);
    expect((await waiting()).map(({ received_id }) => received_id)).toEqual(['never']);
  });

  it('are dropped when their message never appears, a limited number at a time', async () => {
    await acknowledge(['a', 'billing'], ['b', 'billing'], ['c', 'billing']);
    const drop = (before: number) => inTransaction(world.archiver, (tx) => pending.drop(tx, before, 2));
    expect(await drop(AT)).toEqual([]);
    const dropped = [...(await drop(AT + 1)), ...(await drop(AT + 1))];
    expect([...dropped].sort((a, b) => a.receivedId.localeCompare(b.receivedId))).toEqual(
      ['a', 'b', 'c'].map((receivedId) => ({ receivedId, appId: 'billing', processedAt: AT })),
    );
    expect(await waiting()).toEqual([]);
  });

  it('are noted more than a thousand at once, in the live table and the history', async () => {
    const ids = Array.from({ length: 1300 }, (_, at) => `m-${String(at).padStart(4, '0')}`);
    for (let at = 0; at < ids.length; at += 100) {
      await inbound(ids[at]!);
      await inHistory(ids[at + 99]!);
    }
    const acks = ids.map((id) => [id, 'billing'] as const);
    expect(await acknowledge(...acks)).toEqual({ applied: 26, waiting: 1274, repeated: 0, refused: 0 });
    for (const table of ['sm_receive_t', 'sm_receive_t_log'])
      expect((await processed(table)).map(({ processed_by }) => processed_by)).toEqual(Array(13).fill('billing'));
    expect(await waiting()).toHaveLength(1274);
  });

  it('wait for a row that is being moved, and find it in the history', async () => {
    await inbound('moving');
    let result: ReturnType<typeof acknowledge> | undefined;
    await inTransaction(world.database.db, async (tx) => {
      const run = runOn({ ...world.database.db, ...tx });
      await run(
        `INSERT INTO sm_receive_t_log (${COLUMNS}, archived_at, outcome) SELECT ${COLUMNS}, offered_at, 'unprocessed' FROM sm_receive_t`,
      );
      await run('DELETE FROM sm_receive_t');
      result = acknowledge(['moving', 'billing']);
      await waitUntil('it waits for the row', async () => (await world.database.lockWaiters()) > 0);
    });
    expect(await result).toEqual({ applied: 1, waiting: 0, repeated: 0, refused: 0 });
    expect(await processed('sm_receive_t_log')).toEqual([
      { received_id: 'moving', processed_at: now, processed_by: 'billing' },
    ]);
  });
});
