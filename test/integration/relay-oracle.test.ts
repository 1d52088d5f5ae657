import type { Fault } from '../../oracle-stand-in/faults';
import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import type { LedgerEntry } from '../../services/exchange-relay/core/ledger-entry';
import type { Slice } from '../../services/exchange-relay/core/record-buffer';
import { relayBatch } from '../../services/exchange-relay/relay-batch';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createRelayOffsets } from '../../services/exchange-relay/sql/relay-offsets';
import { createRelayPorts } from '../../services/exchange-relay/wiring/relay-ports';
import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { Database } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { handedMessages } from '../support/handed-messages';
import { smsSendMessage } from '../support/sms-send-message';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

const TOPIC = 'sms.send';
const MAPPING = loadExchangeMapping();

describe('the relay on Oracle', () => {
  let database: TestDatabase;
  let oracle: SpawnedOracleServer;
  let relay: Database;
  let codecs: Codecs;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, 'oracledb');
    oracle = database.oracle as SpawnedOracleServer;
    relay = (await database.login('sms_relay')).db;
    codecs = await openCodecs();
  });
  beforeEach(async () => {
    await createRelayOffsets(relay.engine).load(relay, 'g', TOPIC, new Map([[0, 0]]));
  });
  afterEach(async () => {
    await oracle.clearFaults();
    await database.empty();
  });
  afterAll(() => database.drop());

  /** Returns `count` records from an offset on; the message's id contains the offset. */
  const slice = (from: number, count: number): Slice => ({
    topic: TOPIC,
    partition: 0,
    from,
    nextOffset: from + count,
    records: Array.from({ length: count }, (_, index) => ({
      topic: TOPIC,
      partition: 0,
      offset: from + index,
      key: null,
      value: codecs.send.encode(
        smsSendMessage({ messageId: `m-${from + index}`, createdAt: Date.now(), expiresAt: Date.now() + 3_600_000 }),
      ),
      headers: {},
      timestamp: Date.now(),
    })),
  });
  const handOver = async (from: number, count: number) =>
    relayBatch(
      [slice(from, count)],
      createRelayPorts({
        config: { RELAY_SLOTS: 2, CONTENT_MAX: 500, COUNTRY: 'CN' },
        db: relay,
        characterSet: await relay.characterSet(),
        mapping: MAPPING,
        groupId: 'g',
        codec: codecs.send,
        directory: {
          application: (appId) => ({ appId, extCode: '01', enabled: true }),
          refreshIfUnknown: async () => undefined,
        },
        publish: async () => undefined,
        crashPoint: () => undefined,
      }),
    );
  const handed = async (): Promise<number> =>
    Number((await database.run<{ n: string }>('SELECT COUNT(*) AS n FROM client_sms_send'))[0]?.n);

  const handedIds = async (): Promise<readonly string[]> => (await handedMessages(database.run)).sort();
  const inLedger = async (): Promise<readonly string[]> =>
    (
      await database.run<{ id: string }>(
        "SELECT message_id AS id FROM sm_send_t WHERE status = 'HANDED' ORDER BY message_id",
      )
    ).map(({ id }) => id);

  it('hands 1000 messages over in six round trips, the commit included', async () => {
    expect(await handOver(0, 10)).toMatchObject({ handed: 10 });
    await oracle.clearLog();
    expect(await handOver(10, 1000)).toMatchObject({ handed: 1000, duplicates: 0 });
    const calls = (await oracle.roundTrips()).map(({ call }) => call);
    expect([calls.length, calls.at(-1)]).toEqual([6, 'commit']);
    expect((await oracle.statements()).map(({ sql }) => sql.split(/\s+/, 3).join(' '))).toEqual([
      'SELECT PARTITION_NO, NEXT_OFFSET',
      'MERGE /*+ INDEX(T',
      'INSERT INTO CLIENT_SMS_SEND',
      'UPDATE RELAY_OFFSET SET',
      'SELECT MESSAGE_ID, APP_ID,',
    ]);
    expect(await handed()).toBe(1010);
  });

  const LOST: readonly (readonly [string, Fault, number])[] = [
    ['before it happened', { kind: 'kill-at-commit', when: 'before' }, 50],
    ['after it happened', { kind: 'kill-at-commit', when: 'after' }, 0],
  ];
  it.each(LOST)(
    'repeats the batch and sends each message once when the connection is lost at the commit, %s',
    async (_when, fault, again) => {
      await oracle.inject(fault);
      await expect(handOver(0, 50)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
      expect(await handOver(0, 50)).toMatchObject({ handed: again, replayed: 50 - again });
      expect(await handed()).toBe(50);
    },
  );

  const entry = (messageId: string): LedgerEntry => ({
    messageId,
    appId: 'billing',
    extCode: '01',
    destAddr: '8613800138000',
    content: 'of the other relay',
    priority: 5,
    needReport: true,
    context: null,
    status: 'HANDED',
    reason: null,
    scheduledAt: null,
    expiresAt: Date.now() + 3_600_000,
    createdAt: Date.now(),
    partCount: 1,
  });

  // the counts of such a MERGE are 0 from the first failed row on: taken for "refused", the rest of
  // the batch would be in the ledger only
  it.each([[['m-4']], [['m-0', 'm-9']], [['m-3', 'm-4', 'm-8']]])(
    'hands all ten over once when another relay enters %j of the batch at the same time',
    async (ids) => {
      const other = (await database.login('sms_relay')).db;
      let second: Promise<unknown> | undefined;
      await inTransaction(other, async (tx) => {
        expect(await createHandOver(other.engine, MAPPING)(tx, ids.map(entry), Date.now())).toEqual([]);
        second = handOver(0, 10);
        await waitUntil(
          'the second relay waits for the first',
          async () => (await database.lockWaiters()) > 0,
          120_000,
        );
      });
      expect(await second).toMatchObject({ handed: 10 - ids.length, duplicates: ids.length });
      expect(await handedIds()).toEqual(Array.from({ length: 10 }, (_, at) => `m-${at}`));
      expect(await inLedger()).toEqual(await handedIds());
    },
  );

  // a MERGE that waited evaluates its WHERE again only when a column of its SET was changed
  it.each(["status = 'CANCELLED'", 'handed_at = created_at', 'final_at = created_at'])(
    'does not hand over a queued row that another session changes (%s) while the relay waits for it',
    async (change) => {
      await database.run(
        `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at) VALUES ('m-4', 'billing', '1', 'x', 'QUEUED', 'table', $1)`,
        [new Date()],
      );
      let waiting: Promise<unknown> | undefined;
      await inTransaction(database.db, async ({ oracle: owner }) => {
        await owner.execute(`UPDATE SM_SEND_T SET ${change.toUpperCase()} WHERE MESSAGE_ID = 'm-4'`);
        waiting = handOver(0, 10);
        await waitUntil('the relay waits for the row', async () => (await database.lockWaiters()) > 0, 120_000);
      });
      expect(await waiting).toMatchObject({ handed: 9, duplicates: 1 });
      expect(await handedIds()).not.toContain('m-4');
    },
  );

  const WRONG = ['zeros', 'short', 'none'] as const;
  it.each(
    ['MERGE .*INTO SM_SEND_T', 'INSERT INTO CLIENT_SMS_SEND', 'UPDATE RELAY_OFFSET'].flatMap((matching) =>
      WRONG.map((how) => [matching, how] as const),
    ),
  )(
    'commits nothing when the row counts of %s do not add up (%s), and repeats the batch without loss or repetition',
    async (matching, how) => {
      await oracle.inject({ kind: 'wrong-counts', how, matching, times: 1 });
      await expect(handOver(0, 20)).rejects.toMatchObject({
        code: 'DB_ERROR',
        retryable: true,
        message: expect.stringMatching(/row counts do not add up: .*(MERGE|INSERT INTO|UPDATE RELAY_OFFSET)/),
      });
      expect([await handed(), (await inLedger()).length]).toEqual([0, 0]);
      expect(await handOver(0, 20)).toMatchObject({ handed: 20, replayed: 0 });
      expect(await handed()).toBe(20);
    },
  );

  it.each(['MERGE .*INTO SM_SEND_T', 'INSERT INTO CLIENT_SMS_SEND', 'UPDATE RELAY_OFFSET', 'SM_SEND_T_LOG'])(
    'undoes everything after a deadlock or a lost session at %s',
    async (matching) => {
      await oracle.inject({ kind: 'fail', number: 60, matching });
      await expect(handOver(0, 20)).rejects.toMatchObject({ code: 'DB_DEADLOCK', retryable: true });
      expect(await handed()).toBe(0);
      await oracle.inject({ kind: 'kill-at-statement', matching });
      await expect(handOver(0, 20)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE', retryable: true });
      expect(await handed()).toBe(0);
      expect(await handOver(0, 20)).toMatchObject({ handed: 20, replayed: 0 });
      expect(await handed()).toBe(20);
    },
  );
});
