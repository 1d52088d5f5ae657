import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { waitUntil } from '../support/wait-until';

const MESSAGES = 3_000;

describe('several collectors', () => {
  let world: BridgeWorld;
  beforeEach(async () => {
    world = await createBridgeWorld();
  });
  afterEach(() => world.close());

  /** Answers about handed-over messages, and inbound ones, as they come in: numbers from `from` to before `to`. */
  const province = async (from: number, to: number): Promise<void> => {
    const { db } = world.database;
    const range = [from, to - 1];
    await db.query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, expires_at, source)
       SELECT 'm-' || i, 'billing', '86138' || lpad(i::text, 8, '0'), 'x', 'HANDED', now(), now(), now() + interval '1 day', 'kafka'
         FROM generate_series($1::int, $2::int) i`,
      range,
    );
    await world.province.db.query(
      `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result, resp_time) SELECT 'm-' || i, 'G' || i, '0', now() FROM generate_series($1::int, $2::int) i`,
      range,
    );
    // half of the reports name only the gateway's id: two collectors hold the same message at once
    await world.province.db.query(
      `INSERT INTO client_sms_report (gateway_msg_id, msg_id, stat, done_time)
       SELECT 'G' || i, CASE WHEN i % 2 = 0 THEN 'm-' || i END, 'DELIVRD', now() FROM generate_series($1::int, $2::int) i`,
      range,
    );
    await world.province.db.query(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content, recv_time)
       SELECT '86138' || lpad(i::text, 8, '0'), '10698001', 'reply ' || i, now() FROM generate_series($1::int, $2::int) i`,
      range,
    );
  };

  it('two, then four, one joins and one leaves, one is killed, one is frozen: every answer is there, and counts once', async () => {
    const collector = (instance: string) =>
      world.start('report-collector', { INSTANCE_ID: instance, COLLECTOR_BATCH_SIZE: '100' });
    const [first, second] = [collector('a'), collector('b')];
    await Promise.all([first.ready(), second.ready()]);
    const chunk = MESSAGES / 6;
    const [third, fourth] = [collector('c'), collector('d')];
    await province(0, chunk);
    await Promise.all([third.ready(), fourth.ready()]);
    await province(chunk, 2 * chunk);
    expect(await first.stop()).toBe(0);
    await province(2 * chunk, 3 * chunk);
    await second.kill();
    await province(3 * chunk, 4 * chunk);
    process.kill(third.pid, 'SIGSTOP');
    await province(4 * chunk, 5 * chunk);
    collector('b');
    process.kill(third.pid, 'SIGCONT');
    await province(5 * chunk, MESSAGES);
    const left = async () => {
      const { rows } = await world.database.db.query<Record<string, number>>(
        `SELECT (SELECT count(*)::int FROM client_sms_resp) AS resp, (SELECT count(*)::int FROM client_sms_report) AS report,
                (SELECT count(*)::int FROM client_sms_recv) AS recv, (SELECT count(*)::int FROM sm_report_wait) AS wait,
                (SELECT count(*)::int FROM sm_send_t WHERE status <> 'DELIVERED' OR final_at IS NULL OR submitted_at IS NULL) AS open`,
      );
      return rows[0] as Record<string, number>;
    };
    await waitUntil(left, async () => Object.values(await left()).every((count) => count === 0));

    const statuses = (await world.read('status')).map(({ value }) => world.codecs.status.decode(value));
    const events = new Map(statuses.flatMap((read) => (read.ok ? [[read.value.eventId, read.value] as const] : [])));
    expect(events.size).toBe(2 * MESSAGES);
    expect(new Set([...events.values()].map(({ messageId }) => messageId)).size).toBe(MESSAGES);
    expect([...events.values()].every(({ matched }) => matched)).toBe(true);
    const received = (await world.read('received')).map(({ value }) => world.codecs.received.decode(value));
    expect(new Set(received.map((read) => read.ok && read.value.receivedId)).size).toBe(MESSAGES);
    const { rows } = await world.database.db.query<{ n: string }>('SELECT count(*) AS n FROM sm_receive_t');
    expect(rows).toEqual([{ n: String(MESSAGES) }]);
  });
});
