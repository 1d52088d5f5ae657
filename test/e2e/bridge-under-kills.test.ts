import type { SmsReceived, SmsSend, SmsStatus } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { createBusinessSystem } from '../support/business-system';
import { NAMED_MESSAGES } from '../support/handed-messages';
import { RESTLESS_PROCESSES, RESTLESS_PROVINCE } from '../support/restless-bridge';
import { isAtLeast, type ServiceProcess } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const KILLS = 24;
const CHUNKS = 40;
const SHORT_VALIDITY_MS = 20_000;

onOneEngine('the whole bridge while its processes are killed', (engine) => {
  // the stand-in is slower than PostgreSQL and than Oracle
  const scale = engine === 'pg' ? 1 : 0.2;
  const KAFKA = 16_000 * scale;
  /** Messages whose validity is so short that the archiver moves them during the test. */
  const SHORT_LIVED = 2_000 * scale;
  const HTTP = 2_000 * scale;
  const TABLE = 2_000 * scale;
  const TOTAL = KAFKA + HTTP + TABLE;
  let world: BridgeWorld;
  const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
  let state = seed;
  /** Reproducible: the same seed kills the same processes in the same order. */
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
  beforeAll(async () => {
    world = await createBridgeWorld({ engine });
  });
  let closed = false;
  afterAll(async () => {
    closed = true;
    await world.close();
  });

  const count = async (sql: string): Promise<number> => {
    const rows = await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`);
    return Number(rows[0]?.n);
  };
  const provinceCount = async (sql: string): Promise<number> => {
    const rows = await world.province.run<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`);
    return Number(rows[0]?.n);
  };

  it(`loses none of ${TOTAL} messages, sends none twice and reports every outcome under ${KILLS} kills (seed ${seed})`, async () => {
    const business = await createBusinessSystem(world, 'meter_reading', 'meters');
    const running = new Map<string, ServiceProcess>();
    const start = (id: string): void => {
      const { service, env } = RESTLESS_PROCESSES.find((one) => one.id === id)!;
      running.set(id, world.start(service, { INSTANCE_ID: id, ...env }));
    };
    world.start('gateway-simulator', RESTLESS_PROVINCE);
    for (const { id } of RESTLESS_PROCESSES) start(id);
    await Promise.all([...running.values()].map((process) => process.ready()));

    // --- a killer and three ways in, all at once
    let kills = 0;
    const killed = new Map<string, number>();
    const kill = async (): Promise<void> => {
      while (kills < KILLS) {
        await new Promise((resolve) => setTimeout(resolve, 150 + random(500)));
        // in turn, so that each process is killed at least four times, at a random moment
        const { id } = RESTLESS_PROCESSES[kills % RESTLESS_PROCESSES.length]!;
        // one in four dies again during its start
        if (random(4) > 0) await running.get(id)?.ready(60_000);
        await running.get(id)?.kill();
        killed.set(id, (killed.get(id) ?? 0) + 1);
        kills += 1;
        start(id);
      }
    };
    const published = new Set<string>();
    const dated = (message: SmsSend): SmsSend => {
      const createdAt = Date.now();
      const expiresAt = message.messageId.startsWith('short') ? createdAt + SHORT_VALIDITY_MS : null;
      return { ...message, createdAt, expiresAt };
    };
    const byKafka = async (): Promise<void> => {
      const all = [
        ...manyMessages('kafka', KAFKA - SHORT_LIVED),
        ...manyMessages('short', SHORT_LIVED, { appId: 'outage' }),
      ].sort((a, b) => a.to.localeCompare(b.to));
      const size = KAFKA / CHUNKS;
      for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
        const messages = all.slice(chunk * size, (chunk + 1) * size);
        for (const { messageId } of messages) published.add(messageId);
        // some are published again, new ones and old ones; the copies of short-lived messages are
        // valid for longer than the first record
        const again = all.slice(0, (chunk + 1) * size).filter(() => random(20) === 0);
        await world.publish([...messages, ...again.slice(0, 200)].map(dated));
        // publish until the last kill
        const share = (chunk + 1) / CHUNKS;
        await waitUntil('the killer keeps up', () => kills >= Math.floor(share * KILLS) - 1);
      }
    };
    const own = (prefix: string, size: number, at: number) =>
      Array.from({ length: size }, (_, index) => ({
        id: `${prefix}-${at + index}`,
        to: `139${String(at + index).padStart(8, '0')}`,
        content: `抄表通知 ${at + index}`,
      }));
    const byHttp = async (): Promise<void> => {
      for (let at = 0; at < HTTP; at += 100) {
        const ids = await business.post(() => running.get('producer-a')!, `key-${at}`, own('http', 100, at));
        expect(new Set(ids).size).toBe(100);
        for (const id of ids) published.add(id);
      }
    };
    const byTable = async (): Promise<void> => {
      for (let at = 0; at < TABLE; at += 100) {
        const messages = own('table', 100, at);
        await business.insert(messages);
        for (const { id } of messages) published.add(id);
        await waitUntil('the killer keeps up', () => kills >= Math.floor((at / TABLE) * KILLS) - 1);
      }
    };
    let stopAcknowledging = false;
    const acknowledged = new Set<string>();
    /** Acknowledges what the business systems received, by the rows of the live table. */
    const acknowledge = async (): Promise<void> => {
      while (!stopAcknowledging && !closed) {
        const rows = await world.database.run<{ received_id: string; app_id: string }>(
          'SELECT received_id, app_id FROM sm_receive_t WHERE processed_at IS NULL AND app_id IS NOT NULL',
        );
        const acks = rows.filter((row) => !acknowledged.has(row.received_id));
        await world.sink.publish(
          acks.map((row) => ({
            topic: world.topics.receivedAck,
            key: row.received_id,
            value: world.codecs.receivedAck.encode({
              receivedId: row.received_id,
              appId: row.app_id,
              processedAt: Date.now(),
            }),
          })),
        );
        for (const row of acks) acknowledged.add(row.received_id);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    const acknowledging = acknowledge();
    await Promise.all([kill(), byKafka(), byHttp(), byTable()]);
    expect(kills).toBeGreaterThanOrEqual(20);
    expect(published.size).toBe(TOTAL);

    // --- everything settles
    const statusNow = async () => ({
      journal: await provinceCount('gateway_journal'),
      open: await count('sm_send_t WHERE final_at IS NULL'),
      answers: await provinceCount('gateway_answer'),
      resp: await count('client_sms_resp'),
      report: await count('client_sms_report'),
      recv: await count('client_sms_recv'),
      waiting: await count('sm_report_wait WHERE told = 0'),
      unprocessed: await count('sm_receive_t WHERE processed_at IS NULL AND app_id IS NOT NULL'),
      ledger: (await count('sm_send_t')) + (await count('sm_send_t_log')),
      day: await count('client_sms_send'),
    });
    const troubles = () =>
      [...running].map(([id, { log }]) => [
        id,
        log.filter((line) => line.level === undefined || isAtLeast('warn', line) || line.msg === 'ready').slice(-3),
      ]);
    await waitUntil(
      async () => ({ ...(await statusNow()), troubles: troubles() }),
      async () => {
        const { journal, ledger, ...rest } = await statusNow();
        return ledger === TOTAL && journal > 0 && Object.values(rest).every((left) => left === 0);
      },
      120_000,
    );
    stopAcknowledging = true;
    await acknowledging;

    // --- the province's journal matches what was published
    const journal = await world.province.run<{ msg_id: string; times: string }>(
      'SELECT msg_id, count(*) AS times FROM gateway_journal GROUP BY msg_id',
    );
    const named = await world.database.run<{ msg_id: string; message_id: string }>(`SELECT * FROM ${NAMED_MESSAGES} m`);
    const messageIds = new Map(named.map((row) => [row.msg_id, row.message_id]));
    const taken = new Set(journal.map((row) => messageIds.get(row.msg_id) ?? row.msg_id));
    expect(taken.size).toBe(journal.length);
    expect(journal.filter(({ times }) => times !== '1')).toEqual([]);
    const statuses = (await world.read('status')).map(({ value }) => {
      const read = world.codecs.status.decode(value);
      if (!read.ok) throw new Error(read.problem.message);
      return read.value;
    });
    const expired = new Set(
      statuses
        .filter(({ status, reason }) => status === 'EXPIRED' && reason === 'EXPIRED')
        .map(({ messageId }) => messageId),
    );
    const lost = [...published].filter((id) => !taken.has(id) && !(id.startsWith('short') && expired.has(id)));
    expect(lost).toEqual([]);
    expect([...taken].filter((id) => !published.has(id))).toEqual([]);
    expect([...taken].filter((id) => expired.has(id))).toEqual([]);

    // --- every reply of the province became an event; a repeat has the same eventId
    const byEvent = new Map<string, SmsStatus>();
    const differing: string[] = [];
    for (const event of statuses) {
      const first = byEvent.get(event.eventId);
      if (first === undefined) byEvent.set(event.eventId, event);
      else if (first.messageId !== event.messageId || first.gatewayCode !== event.gatewayCode)
        differing.push(event.eventId);
    }
    expect(differing).toEqual([]);
    const answers = await provinceCount(`gateway_answer_log WHERE kind IN ('resp', 'report')`);
    const told = [...byEvent.values()].filter(({ gatewayCode }) => gatewayCode !== null);
    const known = new Set(told.filter(({ matched }) => matched).map(({ gatewayMessageId }) => gatewayMessageId));
    // on a slow machine an early report waits too long: it is published as unmatched, and again
    // when it is matched
    const once = told.filter(({ matched, gatewayMessageId }) => matched || !known.has(gatewayMessageId));
    expect(once.length).toBe(answers);
    // the newest event of each message agrees with the ledger
    const ledger = await world.database.run<{ message_id: string; status: string }>(
      'SELECT message_id, status FROM sm_send_t UNION ALL SELECT message_id, status FROM sm_send_t_log',
    );
    expect(new Set(ledger.map((row) => row.message_id))).toEqual(published);
    const newest = new Map(statuses.map(({ messageId, status, isFinal }) => [messageId, { status, isFinal }]));
    expect(ledger.filter((row) => newest.get(row.message_id)?.status !== row.status)).toEqual([]);
    expect(ledger.filter((row) => !newest.get(row.message_id)?.isFinal)).toEqual([]);

    // --- every received message is there
    const received = (await world.read('received')).map(({ value }): SmsReceived => {
      const read = world.codecs.received.decode(value);
      if (!read.ok) throw new Error(read.problem.message);
      return read.value;
    });
    const inbound = new Set(received.map(({ receivedId }) => receivedId));
    expect(inbound.size).toBe(await provinceCount(`gateway_answer_log WHERE kind = 'recv'`));
    expect((await count('sm_receive_t')) + (await count('sm_receive_t_log'))).toBe(inbound.size);
    expect(await world.read('deadLetter')).toEqual([]);

    // the archiver ran meanwhile, and the counts of its runs add up
    const runs = await world.database.run<{ archived: string; processed: string }>(
      'SELECT sum(send_archived) AS archived, sum(receive_processed) AS processed FROM archive_run',
    );
    expect(Number(runs[0]?.archived)).toBe(await count('sm_send_t_log'));
    expect(Number(runs[0]?.processed)).toBe(await count('sm_receive_t_log'));
    expect(Number(runs[0]?.archived)).toBeGreaterThan(0);
    process.stdout.write(
      `${TOTAL} published, ${taken.size} taken once, ${kills} kills ${JSON.stringify(Object.fromEntries(killed))}, ` +
        `${statuses.length - byEvent.size} repeated status events, ${received.length - inbound.size} repeated inbound\n`,
    );
  }, 300_000);
});
