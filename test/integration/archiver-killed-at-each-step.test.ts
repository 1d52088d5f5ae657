import type { SmsStatus } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { insertRows } from '../support/insert-rows';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
const SLICE = { ARCHIVE_SLICE_ROWS: '2' };

/** The steps where a night job is killed, each with more than one slice left. */
const RUN_STEPS = [
  'archiver.after-begin',
  'archiver.move-sent.after-rows:2',
  'archiver.move-sent.after-commit',
  'archiver.offer-again.before-commit:2',
];
const ACK_STEP = 'archiver.ack-before-commit';

onOneEngine('the archiver killed at its steps', (engine) => {
  let world: BridgeWorld;
  beforeAll(async () => {
    world = await createBridgeWorld({ engine });
  });
  afterAll(() => world.close());

  const message = (id: string, change: Readonly<Record<string, unknown>>) => ({
    message_id: id,
    app_id: 'billing',
    dest_addr: '8613800138000',
    content: '停电通知',
    source: 'kafka',
    created_at: ago(120),
    handed_at: ago(80),
    ...change,
  });
  const inbound = (id: string, change: Readonly<Record<string, unknown>> = {}) => ({
    received_id: id,
    src_addr: '8613800138000',
    dest_addr: '10698001',
    app_id: 'billing',
    content: '收到',
    received_at: ago(120),
    recorded_at: ago(120),
    offered_at: ago(30),
    ...change,
  });
  const numbers = Array.from({ length: 9 }, (_, at) => at);
  const idsIn = async (table: string, key: string): Promise<string[]> =>
    (await world.database.run<{ id: string }>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`)).map(({ id }) => id);

  it('loses no row, has none in both tables, and counts each row once over all runs of the night job', async () => {
    const { db } = world.database;
    await insertRows(db, 'sm_send_t', [
      ...numbers.map((n) => message(`done-${n}`, { status: 'DELIVERED', final_at: ago(70), expires_at: ago(50) })),
      ...numbers.map((n) => message(`silent-${n}`, { status: 'HANDED', expires_at: ago(50) })),
    ]);
    await insertRows(db, 'sm_receive_t', [
      ...numbers.map((n) => inbound(`done-${n}`, { processed_at: ago(20), processed_by: 'billing' })),
      ...numbers.map((n) => inbound(`open-${n}`)),
    ]);
    for (const step of RUN_STEPS) {
      const doomed = world.start('archiver', { ...SLICE, CRASH_AT: step }, ['--once']);
      await doomed.exit;
      expect([step, doomed.child.signalCode]).toEqual([step, 'SIGKILL']);
    }
    expect(await world.start('archiver', SLICE, ['--once']).exit).toBe(0);

    const all = ['done', 'silent'].flatMap((kind) => numbers.map((n) => `${kind}-${n}`));
    expect([await idsIn('sm_send_t', 'message_id'), await idsIn('sm_send_t_log', 'message_id')]).toEqual([[], all]);
    expect(await idsIn('sm_receive_t', 'received_id')).toEqual(numbers.map((n) => `open-${n}`));
    expect(await idsIn('sm_receive_t_log', 'received_id')).toEqual(numbers.map((n) => `done-${n}`));
    const runs = await world.database.run(
      'SELECT outcome, problem, deadline_unknown, send_archived, receive_processed, receive_offered_again FROM archive_run ORDER BY started_at',
    );
    expect(runs.map(({ outcome, problem }) => [outcome, problem])).toEqual([
      ...RUN_STEPS.map(() => ['failed', 'interrupted']),
      ['ok', null],
    ]);
    const sum = (column: string) => runs.reduce((total, run) => total + Number(run[column]), 0);
    expect(['deadline_unknown', 'send_archived', 'receive_processed', 'receive_offered_again'].map(sum)).toEqual([
      9, 18, 9, 9,
    ]);

    const decoded = (await world.read('status')).map(({ value }) => world.codecs.status.decode(value));
    const statuses = decoded.flatMap((result) => (result.ok ? [result.value as SmsStatus] : []));
    expect([...new Set(statuses.map(({ messageId, status }) => `${messageId} ${status}`))].sort()).toEqual(
      numbers.map((n) => `silent-${n} UNKNOWN`),
    );
    // an event that a kill repeats has the same id
    expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(9);
    const offered = (await world.read('received')).map(({ key }) => String(key));
    expect(offered.length).toBeGreaterThanOrEqual(9);
  });

  it('notes each acknowledgement once', async () => {
    await world.database.empty();
    await insertRows(world.database.db, 'login_user', [
      { username: 'BILLING', app_id: 'billing', role: 'application', enabled: true, created_at: ago(1) },
    ]);
    await insertRows(
      world.database.db,
      'sm_receive_t',
      numbers.map((n) => inbound(`r-${n}`)),
    );
    const at = Date.now();
    await world.sink.publish(
      [...numbers.map((n) => `r-${n}`), 'early'].map((receivedId) => ({
        topic: world.topics.receivedAck,
        key: receivedId,
        value: world.codecs.receivedAck.encode({ receivedId, appId: 'billing', processedAt: at }),
      })),
    );
    const doomed = world.start('archiver', { CRASH_AT: ACK_STEP });
    await doomed.exit;
    expect(doomed.child.signalCode).toBe('SIGKILL');
    const archiver = world.start('archiver', { ACK_RETRY_SECONDS: '1' });
    await archiver.ready();
    const open = () => idsIn('sm_receive_t WHERE processed_at IS NULL', 'received_id');
    await waitUntil(
      () => archiver.log.slice(-5),
      async () => (await idsIn('sm_receive_ack', 'received_id')).length === 1 && (await open()).length === 0,
    );
    await insertRows(world.database.db, 'sm_receive_t', [inbound('early')]);
    await waitUntil(
      () => archiver.log.slice(-5),
      async () => (await idsIn('sm_receive_ack', 'received_id')).length === 0,
    );
    // the night job is made up for meanwhile, and may have moved the messages
    const noted = await world.database.run(
      'SELECT processed_at, processed_by FROM sm_receive_t UNION SELECT processed_at, processed_by FROM sm_receive_t_log',
    );
    expect(noted).toEqual([{ processed_at: new Date(at), processed_by: 'billing' }]);
    expect(await archiver.stop()).toBe(0);
  });
});
