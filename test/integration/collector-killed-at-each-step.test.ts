import { COLLECT_STEPS } from '../../services/report-collector/collect-batch';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { insertRows } from '../support/insert-rows';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/** The number of rows of each kind before each kill. */
const MESSAGES = 40;
const STRANGE = 5;
const INBOUND = 20;
// a published report is kept: its message may still appear
const TABLES = ['client_sms_resp', 'client_sms_report', 'client_sms_recv', 'sm_report_wait WHERE told = 0'];
const ENV = { COLLECTOR_BATCH_SIZE: '25', REPORT_WAIT_SECONDS: '2' };

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

onOneEngine('a collector killed between two steps', (engine) => {
  let world: BridgeWorld;
  beforeAll(async () => {
    world = await createBridgeWorld({ engine });
  });
  afterAll(() => world.close());

  /**
   * Inserts submit results and reports of new messages, reports about unknown messages, received
   * messages, and in each table one unusable row.
   */
  const comeIn = async (step: string): Promise<void> => {
    const { db } = world.database;
    const now = new Date();
    await insertRows(
      db,
      'sm_send_t',
      upTo(MESSAGES).map((no) => ({
        message_id: `${step}:${no}`,
        app_id: 'billing',
        dest_addr: '8613800138000',
        content: 'x',
        status: 'HANDED',
        source: 'kafka',
        created_at: now,
        handed_at: now,
      })),
    );
    await insertRows(db, 'client_sms_report', [
      ...upTo(MESSAGES).map((no) => ({
        gateway_msg_id: `${step.toUpperCase()}${no}`,
        msg_id: no % 2 === 0 ? `${step}:${no}` : null,
        stat: 'DELIVRD',
      })),
      ...upTo(STRANGE).map((no) => ({ gateway_msg_id: `strange ${step}${no}`, msg_id: null, stat: 'DELIVRD' })),
      { gateway_msg_id: null, msg_id: null, stat: step },
    ]);
    await insertRows(db, 'client_sms_resp', [
      ...upTo(MESSAGES).map((no) => ({ msg_id: `${step}:${no}`, gateway_msg_id: `${step}${no}`, result: '0' })),
      { msg_id: null, gateway_msg_id: step, result: '0' },
    ]);
    await insertRows(db, 'client_sms_recv', [
      ...upTo(INBOUND).map((no) => ({ src_addr: '13800138000', dest_addr: '10698001', content: `${step}${no}` })),
      { src_addr: null, dest_addr: '10698001', content: step },
    ]);
  };

  const count = async (from: string): Promise<number> =>
    Number((await world.database.run<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n);

  it.each(COLLECT_STEPS)('continues after a kill at %s', async (step) => {
    await comeIn(step);
    const doomed = world.start('report-collector', { ...ENV, CRASH_AT: step });
    await doomed.exit;
    expect(doomed.child.signalCode).toBe('SIGKILL');
  });

  it('has lost nothing; a repeated event has the same id', async () => {
    const collector = world.start('report-collector', ENV);
    const port = await collector.ready();
    await waitUntil('empty tables', async () => {
      for (const table of TABLES) if ((await count(table)) > 0) return false;
      return true;
    });
    const steps = COLLECT_STEPS.length;
    const told = `status = 'DELIVERED' AND submitted_at IS NOT NULL AND gateway_msg_id IS NOT NULL`;
    // A report that waited too long is remembered, and matched at its next try.
    await waitUntil(
      'all messages are delivered',
      async () => (await count(`sm_send_t WHERE ${told}`)) === steps * MESSAGES,
    );
    await waitUntil('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 200);
    // The tables may be empty before the collector has counted their rows for the first time.
    await waitUntil('the backlog in the metrics', async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return (
        /^sms_collector_backlog_rows\{source="resp"\} \d+$/m.test(metrics) &&
        /^sms_collector_waiting_reports \d+$/m.test(metrics)
      );
    });
    expect(await collector.stop()).toBe(0);

    expect(await count(`sm_send_t WHERE ${told}`)).toBe(steps * MESSAGES);
    expect(await count('sm_send_t')).toBe(steps * MESSAGES);

    const decoded = async <T>(topic: 'status' | 'received'): Promise<T[]> =>
      (await world.read(topic)).map(({ value }) => {
        const read = world.codecs[topic].decode(value);
        if (!read.ok) throw new Error(read.problem.message);
        return read.value as T;
      });
    const statuses = await decoded<SmsStatus>('status');
    const events = new Map(statuses.map((status) => [status.eventId, status]));
    const matched = [...events.values()].filter((status) => status.matched);
    expect(matched).toHaveLength(steps * MESSAGES * 2);
    // a report that waited too long, because each kill returned its submit result, was also
    // published as unmatched
    const strange = [...events.values()].filter(({ messageId }) => messageId.startsWith('gateway:strange'));
    expect(strange).toHaveLength(steps * STRANGE);
    for (const { eventId, messageId, gatewayCode } of statuses)
      expect(events.get(eventId)).toMatchObject({ messageId, gatewayCode });
    // kills after the acknowledgement repeat published events
    expect(statuses.length).toBeGreaterThan(events.size);

    const received = await decoded<SmsReceived>('received');
    expect(new Set(received.map(({ receivedId }) => receivedId)).size).toBe(steps * INBOUND);
    expect(new Set(received.map(({ content }) => content)).size).toBe(steps * INBOUND);
    expect(await count('sm_receive_t')).toBe(steps * INBOUND);

    const letters = await world.read('deadLetter');
    const places = letters.map(({ headers }) => `${headers['source-table']} ${headers['source-seq']}`);
    expect(new Set(places).size).toBe(steps * 3);
  });
});
