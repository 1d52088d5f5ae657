import { COLLECT_STEPS } from '../../services/report-collector/collect-batch';
import type { SmsReceived, SmsStatus } from '../../services/shared/avro/records';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { waitUntil } from '../support/wait-until';

/** Rows of each kind that come before each kill. */
const MESSAGES = 40;
const STRANGE = 5;
const INBOUND = 20;
const TABLES = ['client_sms_resp', 'client_sms_report', 'client_sms_recv', 'sm_report_wait'];
const ENV = { COLLECTOR_BATCH_SIZE: '25', REPORT_WAIT_SECONDS: '2' };

describe('a collector killed between two steps', () => {
  let world: BridgeWorld;
  beforeAll(async () => {
    world = await createBridgeWorld();
  });
  afterAll(() => world.close());

  const query = (sql: string, values: readonly unknown[]) => world.database.db.query(sql, values);

  /** Submit results and reports of new messages, reports about nobody's messages, inbound ones, and in each table a row that is no use. */
  const comeIn = async (step: string): Promise<void> => {
    await query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at, handed_at)
       SELECT $1 || ':' || i, 'billing', '8613800138000', 'x', 'HANDED', 'kafka', now(), now() FROM generate_series(1, $2::int) i`,
      [step, MESSAGES],
    );
    await query(
      `INSERT INTO client_sms_report (gateway_msg_id, msg_id, stat)
       SELECT upper($1) || i, CASE WHEN i % 2 = 0 THEN $1 || ':' || i END, 'DELIVRD' FROM generate_series(1, $2::int) i
       UNION ALL SELECT 'strange ' || $1 || i, NULL, 'DELIVRD' FROM generate_series(1, $3::int) i
       UNION ALL SELECT NULL, NULL, $1`,
      [step, MESSAGES, STRANGE],
    );
    await query(
      `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result)
       SELECT $1 || ':' || i, $1 || i, '0' FROM generate_series(1, $2::int) i UNION ALL SELECT NULL, $1, '0'`,
      [step, MESSAGES],
    );
    await query(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content)
       SELECT '13800138000', '10698001', $1 || i FROM generate_series(1, $2::int) i UNION ALL SELECT NULL, '10698001', $1`,
      [step, INBOUND],
    );
  };

  it.each(COLLECT_STEPS)('at %s', async (step) => {
    await comeIn(step);
    const doomed = world.start('report-collector', { ...ENV, CRASH_AT: step });
    await doomed.exit;
    expect(doomed.child.signalCode).toBe('SIGKILL');
  });

  it('has lost nothing; what it repeated is recognised by its id', async () => {
    const collector = world.start('report-collector', ENV);
    const port = await collector.ready();
    const left = TABLES.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
    await waitUntil('empty tables', async () => {
      const { rows } = await world.database.db.query<{ left: string }>(`SELECT ${left} AS left`);
      return rows[0]?.left === '0';
    });
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/^sms_collector_backlog_rows\{source="resp"\} \d+$/m);
    expect(metrics).toMatch(/^sms_collector_waiting_reports \d+$/m);
    expect(await collector.stop()).toBe(0);

    const steps = COLLECT_STEPS.length;
    const { rows } = await world.database.db.query(
      `SELECT status, submitted_at IS NOT NULL AS submitted, gateway_msg_id IS NOT NULL AS named, count(*)::int AS count FROM sm_send_t GROUP BY 1, 2, 3`,
    );
    expect(rows).toEqual([{ status: 'DELIVERED', submitted: true, named: true, count: steps * MESSAGES }]);

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
    expect(events.size - matched.length).toBe(steps * STRANGE);
    for (const { eventId, messageId, gatewayCode } of statuses)
      expect(events.get(eventId)).toMatchObject({ messageId, gatewayCode });
    // the kills after the acknowledgement repeat what was published
    expect(statuses.length).toBeGreaterThan(events.size);

    const received = await decoded<SmsReceived>('received');
    expect(new Set(received.map(({ receivedId }) => receivedId)).size).toBe(steps * INBOUND);
    expect(new Set(received.map(({ content }) => content)).size).toBe(steps * INBOUND);
    const entered = await world.database.db.query<{ n: number }>('SELECT count(*)::int AS n FROM sm_receive_t');
    expect(entered.rows[0]?.n).toBe(steps * INBOUND);

    const letters = await world.read('deadLetter');
    const places = letters.map(({ headers }) => `${headers['source-table']} ${headers['source-seq']}`);
    expect(new Set(places).size).toBe(steps * 3);
  });
});
