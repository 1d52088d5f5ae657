import { CANCEL_STEPS } from '../../services/producer/announce-cancelled';
import { toKeyedMessageId } from '../../services/producer/core/message-ids';
import { createApiKey } from '../../shared/accounts/api-key';
import { inTransaction } from '../../shared/database/transaction';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, post } from '../support/http-call';
import { insertRows as insertInto } from '../support/insert-rows';
import { smsSendMessage } from '../support/sms-send-message';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, insertRows, KEYS, type ProducerWorld } from './producer-world';

const MESSAGE = { to: '138 0013 8000', content: '停电通知' };
const HOUR_MS = 3_600_000;

onOneEngine('the producer over HTTP, with Kafka', (engine) => {
  let ground: BridgeGround;
  let world: ProducerWorld;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  beforeEach(async () => {
    world = await createProducerWorld(ground);
  });
  afterEach(() => world.close());

  const start = async (env?: Readonly<Record<string, string>>): Promise<string> => world.addressOf(world.produce(env));
  const send = async (
    address: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
    key: string = KEYS.billing,
  ) => post(address, key, body, headers);
  const get = async (address: string, path: string, key: string = KEYS.billing) => call(address, path, { key });
  const cancel = async (address: string, id: string, key: string = KEYS.billing) => {
    const answer = await call(address, `/v1/messages/${id}`, { method: 'DELETE', key });
    return answer.body.status ?? answer.body.error.code;
  };

  it('brings a message to the province, and shows its status at every stage', async () => {
    const address = await start();
    const { status, body } = await send(address, { ...MESSAGE, extCode: '7', context: 'bill 7' });
    expect(status).toBe(202);
    const [record] = await world.sent();
    expect(record!.key?.toString()).toBe('8613800138000');
    expect(record!.headers.source?.toString()).toBe('http');
    expect(record!.message).toMatchObject({ messageId: body.messageId, appId: 'billing', context: 'bill 7' });
    expect((await get(address, `/v1/messages/${body.messageId}`)).body).toMatchObject({
      status: 'QUEUED',
      isFinal: false,
    });

    world.start('exchange-relay');
    const shown = await waitUntil('it is handed over', async () => {
      const answer = await get(address, `/v1/messages/${body.messageId}`);
      return answer.body.status === 'HANDED' && answer.body;
    });
    expect(shown).toMatchObject({ context: 'bill 7', finalAt: null, handedAt: expect.any(String) });
    expect(await world.database.run('SELECT source, ext_code FROM sm_send_t')).toEqual([
      { source: 'kafka', ext_code: '017' },
    ]);
    await world.database.run(
      `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, archived_at)
       SELECT msg_id, message_id, app_id, dest_addr, content, status, created_at, created_at FROM sm_send_t`,
    );
    await world.database.run('DELETE FROM sm_send_t');
    expect((await get(address, `/v1/messages/${body.messageId}`)).body.status).toBe('HANDED');
    expect((await get(address, `/v1/messages/${body.messageId}`, KEYS.portal)).status).toBe(404);
    expect(await cancel(address, body.messageId)).toBe('TOO_LATE');
  });

  it('sends one message for two requests with one key on two instances, and tells a different body apart', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    world.start('exchange-relay');
    const key = { 'idempotency-key': 'bill-7' };
    const answers = await Promise.all([send(one, MESSAGE, key), send(two, MESSAGE, key), send(one, MESSAGE, key)]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.messageId}`)).size).toBe(1);
    await waitUntil('it is handed over', async () => (await world.handed()).length > 0);
    const third = await start();
    expect((await send(third, { ...MESSAGE, content: 'other' }, key)).body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await send(third, MESSAGE, key)).body).toEqual(answers[0]!.body);
    await waitUntil('the relay has read all', async () => {
      const [row] = await world.database.run<{ total: string }>('SELECT sum(next_offset) AS total FROM relay_offset');
      return Number(row?.total) === (await world.sent()).length;
    });
    expect(await world.handed()).toEqual([answers[0]!.body.messageId]);
  });

  it("keeps applications apart: no id takes, forestalls or displaces another application's message", async () => {
    const address = await start();
    const key = 'bill-4711';
    const squatted = toKeyedMessageId('billing', key, null);
    const ahead = toKeyedMessageId('billing', 'bill-4712', null);
    const mine = { ...MESSAGE, content: 'squatting', messageId: squatted };
    expect((await send(address, mine, {}, KEYS.portal)).status).toBe(202);
    const cancelled = await call(address, `/v1/messages/${ahead}?ahead=true`, { method: 'DELETE', key: KEYS.portal });
    expect(cancelled.body.status).toBe('CANCELLED');
    // on Kafka, and through the table
    await world.publish([smsSendMessage({ messageId: 'kafka-1', appId: 'portal', to: '12', createdAt: Date.now() })]);
    await insertInto(world.database.db, 'sm_send_t', [
      {
        message_id: 'table-1',
        app_id: 'portal',
        dest_addr: '12',
        content: 'x',
        status: 'NEW',
        created_at: new Date(),
        source: 'table',
      },
    ]);
    const relay = world.start('exchange-relay');
    await waitUntil('portal’s messages end', async () => (await world.statuses()).length === 3);
    for (const idempotencyKey of [key, 'bill-4712'])
      expect((await send(address, MESSAGE, { 'idempotency-key': idempotencyKey })).status).toBe(202);
    for (const messageId of ['kafka-1', 'table-1'])
      expect((await send(address, { ...MESSAGE, messageId })).status).toBe(202);
    await waitUntil(
      async () => ({ handed: await world.handed(), log: relay.log.slice(-3) }),
      async () => (await world.handed()).length === 5,
    );
    expect([...(await world.handed())].sort()).toEqual([ahead, squatted, squatted, 'kafka-1', 'table-1'].sort());
    expect((await get(address, `/v1/messages/${squatted}`)).body).toMatchObject({ status: 'HANDED' });
    expect((await get(address, `/v1/messages/${ahead}`, KEYS.portal)).body).toMatchObject({ status: 'CANCELLED' });
    // every event of the attacker has a key of its own
    const keys = (await world.read('status')).map((record) => record.key?.toString());
    expect(keys.sort()).toEqual([`portal/${ahead}`, 'portal/kafka-1', 'portal/table-1']);
  });

  it('cancels a scheduled, a queued and an unseen message: none of them is sent', async () => {
    const address = await start({ INTAKE_ENABLED: 'false' });
    const scheduled = (await send(address, { ...MESSAGE, scheduledAt: Date.now() + HOUR_MS })).body.messageId;
    const relay = world.start('exchange-relay');
    await waitUntil('it is scheduled', async () => (await world.statusOf(scheduled)) === 'SCHEDULED');
    await relay.kill();
    const [row] = await insertRows(world, 'row', 1);
    const fresh = (await send(address, { ...MESSAGE, context: 'mine' })).body.messageId;
    const last = (await send(address, MESSAGE)).body.messageId;
    const other = await start({ INTAKE_ENABLED: 'false' });

    for (const id of [scheduled, row!, fresh]) expect(await cancel(address, id, KEYS.portal)).toBe('MESSAGE_UNKNOWN');
    expect(await cancel(address, scheduled)).toBe('CANCELLED');
    expect(await cancel(address, row!)).toBe('CANCELLED');
    expect(await cancel(other, fresh)).toBe('MESSAGE_UNKNOWN');
    expect(await cancel(address, fresh)).toBe('CANCELLED');
    expect(await cancel(other, `${last}?ahead=true`)).toBe('CANCELLED');
    expect(await cancel(address, fresh)).toBe('CANCELLED');

    const marker = (await send(address, MESSAGE)).body.messageId;
    world.start('exchange-relay');
    await waitUntil('what came last is handed over', async () => (await world.handed()).includes(marker));
    expect(await world.handed()).toEqual([marker]);
    const events = (await world.statuses()).map(({ messageId, status, isFinal, context }) => [
      messageId,
      status,
      isFinal,
      context,
    ]);
    expect(events.sort()).toEqual(
      [
        [fresh, 'CANCELLED', true, 'mine'],
        [last, 'CANCELLED', true, null],
        [row, 'CANCELLED', true, null],
        [scheduled, 'CANCELLED', true, null],
      ].sort(),
    );
    expect((await get(address, `/v1/messages/${scheduled}`)).body).toMatchObject({
      status: 'CANCELLED',
      isFinal: true,
    });
  });

  it('refuses the id of a message that ended unsent, for every caller and in every table; on Kafka its end is published again', async () => {
    const one = await start();
    world.start('exchange-relay');
    const key = { 'idempotency-key': 'bill-7' };
    const scheduled = { ...MESSAGE, scheduledAt: Date.now() + HOUR_MS };
    const cancelled = (await send(one, scheduled, key)).body.messageId;
    await waitUntil('it is scheduled', async () => (await world.statusOf(cancelled)) === 'SCHEDULED');
    expect(await cancel(one, cancelled)).toBe('CANCELLED');
    const bad = { messageId: 'fix-1', appId: 'billing', to: '12', content: 'x' };
    await world.publish([smsSendMessage({ ...bad, createdAt: Date.now() })]);
    await waitUntil('it is rejected', async () => (await world.statusOf('fix-1')) === 'REJECTED final');

    const refused = async (address: string) => {
      const { body, status } = await send(address, { ...MESSAGE, messageId: 'fix-1' });
      expect([status, body.error.code]).toEqual([409, 'MESSAGE_ID_REUSED']);
      expect(body.error.message).toContain('ended as REJECTED (RECIPIENT_INVALID)');
      for (const content of [scheduled.content, 'something else']) {
        const again = await send(address, { ...scheduled, content }, key);
        expect([again.status, again.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
        expect(again.body.error.message).toContain('was cancelled');
      }
      const batch = await send(address, { messages: [{ ...MESSAGE, messageId: 'fix-1' }, MESSAGE] });
      expect([batch.status, batch.body.queued]).toEqual([207, 1]);
      expect(batch.body.messages[0].error.code).toBe('MESSAGE_ID_REUSED');
    };
    await refused(one);
    await refused(await start());
    const events = async () =>
      (await world.statuses()).filter(({ messageId }) => ['fix-1', cancelled].includes(messageId));
    const before = await events();
    const again = [bad, { ...bad, messageId: cancelled, to: '13800138000' }];
    const repeat = () => world.publish(again.map((each) => smsSendMessage({ ...each, createdAt: Date.now() })));
    await repeat();
    await waitUntil('both ends are published again', async () => (await events()).length === before.length + 2);

    await world.database.run(
      `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, context, status, reason, created_at, final_at, archived_at)
       SELECT msg_id, message_id, app_id, dest_addr, content, context, status, reason, created_at, final_at, created_at FROM sm_send_t`,
    );
    await world.database.run('DELETE FROM sm_send_t');
    await refused(one);
    await refused(await start());
    await repeat();
    await waitUntil('and once more from the history', async () => (await events()).length === before.length + 4);
    const ids = (all: Awaited<ReturnType<typeof events>>) => new Set(all.map(({ eventId }) => eventId));
    expect(ids(await events())).toEqual(ids(before));
  });

  it.each(CANCEL_STEPS)(
    'announces a cancellation later when it is killed at %s, and the message is not sent',
    async (step) => {
      const doomed = world.produce({ CRASH_AT: step, INTAKE_ENABLED: 'false' });
      const address = await world.addressOf(doomed);
      const [row] = await insertRows(world, 'row', 1);
      await expect(cancel(address, row!)).rejects.toThrow();
      await doomed.exit;
      expect(await world.statusOf(row!)).toBe('CANCELLED');
      world.produce();
      world.start('exchange-relay');
      await waitUntil('it is announced', async () => (await world.statusOf(row!)) === 'CANCELLED final');
      const events = await world.statuses();
      expect(new Set(events.map(({ eventId, status }) => `${eventId} ${status}`)).size).toBe(1);
      expect(await world.handed()).toEqual([]);
    },
  );

  it('answers MESSAGE_BUSY to cancels of messages that another session holds, and everything else as fast as ever', async () => {
    const address = await start();
    const ids = Array.from({ length: 12 }, (_, index) => `held-${index}`);
    const mine = (await send(address, MESSAGE, {}, KEYS.portal)).body.messageId;
    const { db } = world.database;
    const row = { app_id: 'billing', dest_addr: '1', content: 'x', status: 'NEW', created_at: new Date() };
    let release = (): void => undefined;
    let holder: Promise<void> = Promise.resolve();
    await new Promise<void>((inserted, failed) => {
      holder = inTransaction(db, async (tx) => {
        const rows = ids.map((id) => ({ ...row, message_id: id, source: 'table' }));
        await insertInto({ ...db, ...tx }, 'sm_send_t', rows);
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        inserted();
        await released;
      });
      holder.catch(failed);
    });
    const busy: string[] = [];
    const slowest: Record<string, number> = {};
    const timed = async (name: string, work: () => Promise<unknown>, expected: unknown): Promise<void> => {
      const startedAt = performance.now();
      expect([name, await work()]).toEqual([name, expected]);
      slowest[name] = Math.max(slowest[name] ?? 0, performance.now() - startedAt);
    };
    const useAsEver = async (round: number): Promise<void> => {
      const { portal } = KEYS;
      const key = { 'idempotency-key': `round-${round}` };
      await timed('look-up', async () => (await get(address, `/v1/messages/${mine}`, portal)).status, 200);
      await timed('received', async () => (await get(address, '/v1/received', portal)).status, 200);
      await timed('keyed', async () => (await send(address, MESSAGE, key, portal)).status, 202);
      await timed('cancel', () => cancel(address, `free-${round}?ahead=true`, portal), 'CANCELLED');
      const [taken] = await insertRows(world, `row-${round}`, 1);
      const queued = async () => (await world.statusOf(taken!)) !== 'NEW';
      await timed('intake', () => waitUntil('it is taken', queued).then(() => true), true);
    };
    let stopped = false;
    const attackers = ids.map(async (id) => {
      while (!stopped) busy.push(await cancel(address, `${id}?ahead=true`).catch(String));
    });
    try {
      await waitUntil('a cancel waits for the other session', async () => (await world.database.lockWaiters()) > 0);
      for (let round = 0; round < 10; round += 1) await useAsEver(round);
    } finally {
      stopped = true;
      await Promise.all(attackers);
      release();
      await holder;
    }
    expect(new Set(busy)).toEqual(new Set(['MESSAGE_BUSY']));
    expect(Object.entries(slowest).filter(([, ms]) => ms > 1_500)).toEqual([]);
    expect(await cancel(address, ids[0]!)).toBe('CANCELLED');
  });

  // On Oracle the driver ends the call itself (callTimeout): `oracle-vanished-host` tries that.
  if (engine === 'pg')
    it('ends the statements of look-ups that were answered without them', async () => {
      const address = await start({ INTAKE_ENABLED: 'false', HTTP_ANSWER_TIMEOUT_MS: '1000' });
      await inTransaction(world.database.db, async ({ query }) => {
        await query('LOCK TABLE sm_send_t IN ACCESS EXCLUSIVE MODE');
        const answers = Array.from({ length: 8 }, () => get(address, '/v1/messages/x'));
        expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([503]));
        // The loop that announces cancellations may still wait.
        await waitUntil('none waits', async () => (await world.database.lockWaiters()) <= 1, 5_000);
      });
      expect((await get(address, '/v1/messages/x')).status).toBe(404);
    });

  it('acknowledges only what is in Kafka, however often it is killed', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const producer = world.produce({ INTAKE_ENABLED: 'false' });
      const address = await world.addressOf(producer);
      let going = true;
      const senders = Array.from({ length: 8 }, async () => {
        while (going) {
          const answer = await send(address, MESSAGE).catch(() => undefined);
          if (answer?.status === 202) acknowledged.push(answer.body.messageId);
          else going = false;
        }
      });
      const goal = acknowledged.length + 50 * (round + 1);
      await waitUntil('enough are acknowledged', () => acknowledged.length >= goal);
      await producer.kill();
      await Promise.all(senders);
    }
    const stored = new Set((await world.sent()).map(({ message }) => message.messageId));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  });

  it('gives an application its received messages, and publishes its acknowledgements', async () => {
    const address = await start();
    // each a millisecond later
    const begun = Date.now() - 10;
    let inserted = 0;
    const insert = (id: string, appId: string | null, table = 'sm_receive_t', more: object = {}) => {
      inserted += 1;
      const now = new Date(begun + inserted);
      const times = { received_at: now, recorded_at: now, offered_at: now };
      const row = { received_id: id, src_addr: '8613800138000', dest_addr: '10698001', ext_code: '01', app_id: appId };
      return insertInto(world.database.db, table, [{ ...row, content: '退订', ...times, ...more }]);
    };
    await insert('old', 'billing', 'sm_receive_t_log', { archived_at: new Date(), outcome: 'unprocessed' });
    await insert('a', 'billing');
    await insert('b', 'portal');
    await insert('c', null);
    const first = await get(address, '/v1/received');
    expect(first.body.messages.map(({ receivedId }: { receivedId: string }) => receivedId)).toEqual(['old', 'a']);
    expect(first.body.messages[1]).toMatchObject({
      from: '8613800138000',
      to: '10698001',
      content: '退订',
      acknowledged: false,
    });
    await insert('d', 'billing');
    const second = await get(address, `/v1/received?after=${first.body.next}`);
    expect(second.body.messages.map(({ receivedId }: { receivedId: string }) => receivedId)).toEqual(['d']);
    expect((await get(address, `/v1/received?after=${second.body.next}`)).body.messages).toEqual([]);

    const ack = async (id: string, key: string = KEYS.billing) =>
      (await call(address, `/v1/received/${id}/ack`, { method: 'POST', key })).status;
    expect([await ack('a'), await ack('b'), await ack('c'), await ack('nothing')]).toEqual([202, 404, 404, 404]);
    const archiver = world.start('archiver');
    const noted = () => `the archiver has noted it; it says: ${JSON.stringify(archiver.log.slice(-6))}`;
    await waitUntil(noted, async () => {
      // the missed night job runs meanwhile, and may have moved it
      const rows = await world.database.run<{ processed_by: string | null }>(
        `SELECT processed_by FROM sm_receive_t WHERE received_id = 'a'
         UNION SELECT processed_by FROM sm_receive_t_log WHERE received_id = 'a'`,
      );
      return rows.some(({ processed_by }) => processed_by === 'billing');
    });
    const [row] = (await get(address, `/v1/received?after=1970-01-01T00:00:00Z&limit=2`)).body.messages.slice(1);
    expect(row).toMatchObject({ receivedId: 'a', acknowledged: true });
  }, 120_000);

  it('accepts new keys at once, and refuses disabled accounts within seconds', async () => {
    const address = await start();
    const { key, hash } = createApiKey('newcomer');
    expect((await send(address, MESSAGE, {}, key)).status).toBe(401);
    await world.database.run(
      `INSERT INTO login_user (username, app_id, role, api_key_hash) VALUES ('newcomer', 'new', 'application', $1)`,
      [hash],
    );
    await waitUntil('the new key is good', async () => (await send(address, MESSAGE, {}, key)).status === 202, 3_000);
    await world.database.run(`UPDATE login_user SET enabled = $1 WHERE username = 'newcomer'`, [false]);
    await waitUntil('the key is refused', async () => (await send(address, MESSAGE, {}, key)).status === 401, 4_000);
  });

  it('logs counts, but no texts and no whole numbers', async () => {
    const producer = world.produce();
    const address = await world.addressOf(producer);
    await send(address, {
      messages: [
        { to: '13900139000', content: 'a secret text' },
        { to: '1390013', content: 'another secret' },
      ],
    });
    await send(address, { to: '13900139000', content: 'a secret text', context: 'a secret context' });
    const metrics = await fetch(`http://127.0.0.1:${await producer.ready()}/metrics`);
    expect(await metrics.text()).toMatch(/sms_producer_rejects_total{source="http",reason="RECIPIENT_INVALID"} 1/);
    expect(await producer.stop()).toBe(0);
    expect(JSON.stringify(producer.log)).not.toMatch(/secret|13900139000/);
    expect(producer.log).toContainEqual(expect.objectContaining({ msg: 'http requests', queued: 2, rejected: 1 }));
  });
});
