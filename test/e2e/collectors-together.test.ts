import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { insertRows } from '../support/insert-rows';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const MESSAGES = 3_000;

onOneEngine('several collectors', (engine) => {
  let world: BridgeWorld;
  beforeEach(async () => {
    world = await createBridgeWorld({ engine });
  });
  afterEach(() => world.close());

  /**
   * Inserts replies about handed-over messages, and received messages, with numbers from `from` up
   * to, but not including, `to`.
   */
  const province = async (from: number, to: number): Promise<void> => {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    const phone = (no: number): string => `86138${String(no).padStart(8, '0')}`;
    const now = new Date();
    await insertRows(
      world.database.db,
      'sm_send_t',
      numbers.map((no) => ({
        message_id: `m-${no}`,
        app_id: 'billing',
        dest_addr: phone(no),
        content: 'x',
        status: 'HANDED',
        created_at: now,
        handed_at: now,
        expires_at: new Date(now.getTime() + 86_400_000),
        source: 'kafka',
      })),
    );
    const { db } = world.province;
    await insertRows(
      db,
      'client_sms_resp',
      numbers.map((no) => ({ msg_id: `m-${no}`, gateway_msg_id: `G${no}`, result: '0', resp_time: now })),
    );
    // half of the reports carry only the gateway's id, so that two collectors hold the same message
    // at once
    await insertRows(
      db,
      'client_sms_report',
      numbers.map((no) => ({
        gateway_msg_id: `G${no}`,
        msg_id: no % 2 === 0 ? `m-${no}` : null,
        stat: 'DELIVRD',
        done_time: now,
      })),
    );
    await insertRows(
      db,
      'client_sms_recv',
      numbers.map((no) => ({ src_addr: phone(no), dest_addr: '10698001', content: `reply ${no}`, recv_time: now })),
    );
  };

  const count = async (rows: string): Promise<number> => {
    const [found] = await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${rows}`);
    return Number(found?.n);
  };

  it('count every reply once while collectors join, leave, are killed and freeze', async () => {
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
    const left = async () => ({
      resp: await count('client_sms_resp'),
      report: await count('client_sms_report'),
      recv: await count('client_sms_recv'),
      wait: await count('sm_report_wait WHERE told = 0'),
      open: await count(`sm_send_t WHERE status <> 'DELIVERED' OR final_at IS NULL OR submitted_at IS NULL`),
    });
    await waitUntil(left, async () => Object.values(await left()).every((rows) => rows === 0));

    const statuses = (await world.read('status')).map(({ value }) => world.codecs.status.decode(value));
    const events = new Map(statuses.flatMap((read) => (read.ok ? [[read.value.eventId, read.value] as const] : [])));
    expect(events.size).toBe(2 * MESSAGES);
    expect(new Set([...events.values()].map(({ messageId }) => messageId)).size).toBe(MESSAGES);
    expect([...events.values()].every(({ matched }) => matched)).toBe(true);
    const received = (await world.read('received')).map(({ value }) => world.codecs.received.decode(value));
    expect(new Set(received.map((read) => read.ok && read.value.receivedId)).size).toBe(MESSAGES);
    expect(await count('sm_receive_t')).toBe(MESSAGES);
  });
});
