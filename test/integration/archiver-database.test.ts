import { createArchivePorts } from '../../services/archiver/adapters/archive-ports';
import { findRuns } from '../../services/archiver/adapters/record-run';
import { runArchive } from '../../services/archiver/archive';
import type { ArchiveLimits } from '../../services/archiver/core/plan-archive';
import type { SmsReceived, SmsStatus } from '../../services/shared/avro/records';
import type { Database } from '../../services/shared/database/open-database';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const HOUR = 3_600_000;
const LIMITS: ArchiveLimits = {
  reportDeadlineMs: 72 * HOUR,
  receivedRetryMs: 12 * HOUR,
  receivedMaxAttempts: 3,
  pendingAckMs: 48 * HOUR,
  sendLogRetentionMs: 90 * 24 * HOUR,
  receiveLogRetentionMs: 90 * 24 * HOUR,
  sliceRows: 2,
};
const running = { stop: new AbortController().signal };

onEachEngine('an archive run', (engine) => {
  let database: TestDatabase;
  let statuses: SmsStatus[];
  let received: SmsReceived[];
  /** with the rights of the archiver; what a test prepares or looks at is done as the owner */
  let archiver: Database;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    archiver = (await database.login('sms_archiver')).db;
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.empty();
    statuses = [];
    received = [];
  });

  const ports = (crash: (step: string) => void = () => undefined) =>
    createArchivePorts({
      db: archiver,
      publisher: {
        publishStatuses: async (events) => void statuses.push(...events),
        publishReceived: async (events) => void received.push(...events),
        publishRefused: async () => undefined,
        publishRefusedAcks: async () => undefined,
      },
      instanceId: 'test',
      crashPoint: crash,
      onSlice: () => undefined,
      onInterrupted: () => undefined,
    });

  const inHours = (hours: number | undefined): Date | null =>
    hours === undefined ? null : new Date(Date.now() + hours * HOUR);

  /** Hours are relative to now. */
  const sent = (
    id: string,
    status: string,
    hours: { handed?: number; final?: number; expires?: number; created?: number },
  ) =>
    database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, final_at, expires_at, source)
       VALUES ($1, 'billing', '8613800138000', 'x', $2, $3, $4, $5, $6, 'kafka')`,
      [id, status, inHours(hours.created ?? -120), inHours(hours.handed), inHours(hours.final), inHours(hours.expires)],
    );
  const inbound = (id: string, offeredHours: number, attempt: number, processed = false) =>
    database.run(
      `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at, attempt, processed_at)
       VALUES ($1, '8613800138000', '10698001', 'billing', 'ok', $2, $2, $3, $4, $5)`,
      [id, inHours(-120), inHours(offeredHours), attempt, processed ? inHours(-1) : null],
    );
  const ids = async (table: string, key = 'message_id'): Promise<string[]> => {
    const rows = await database.run<{ id: string }>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`);
    return rows.map(({ id }) => id);
  };

  it('moves what is final and past its validity, and nothing else: what a replay could still send is remembered', async () => {
    for (const id of ['a', 'b', 'c']) await sent(id, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
    await sent('still-valid', 'DELIVERED', { handed: -2, final: -1, expires: 22 });
    await sent('not-final', 'SUBMITTED', { handed: -30, expires: -6 });
    await sent('silent', 'HANDED', { handed: -80, expires: -56 });
    const outcome = await runArchive(ports(), LIMITS, running);
    expect(outcome).toMatchObject({
      kind: 'ran',
      run: { outcome: 'ok', problems: [], counts: { sendArchived: 4, deadlineUnknown: 1 } },
    });
    expect(await ids('sm_send_t')).toEqual(['not-final', 'still-valid']);
    expect(await ids('sm_send_t_log')).toEqual(['a', 'b', 'c', 'silent']);
    expect(statuses).toMatchObject([{ messageId: 'silent', status: 'UNKNOWN', isFinal: true }]);
  });

  it('moves what was processed, offers again what was not, and gives up at the limit', async () => {
    await inbound('done', -2, 1, true);
    await inbound('fresh', -1, 1);
    await inbound('open', -13, 1);
    await inbound('hopeless', -13, 3);
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
      run: { outcome: 'ok', counts: { receiveProcessed: 1, receiveOfferedAgain: 1, receiveUnprocessed: 1 } },
    });
    expect(received).toMatchObject([{ receivedId: 'open', attempt: 2 }]);
    expect(await ids('sm_receive_t', 'received_id')).toEqual(['fresh', 'open']);
    expect(await database.run('SELECT received_id, outcome FROM sm_receive_t_log ORDER BY 1')).toEqual([
      { received_id: 'done', outcome: 'processed' },
      { received_id: 'hopeless', outcome: 'unprocessed' },
    ]);
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { counts: { receiveOfferedAgain: 0 } } });
  });

  it('forgets history only when its retention has ended', async () => {
    for (const [id, days] of [
      ['old', 91],
      ['young', 89],
    ] as const) {
      await database.run(
        `INSERT INTO sm_send_t_log (message_id, app_id, dest_addr, content, status, created_at, archived_at)
         VALUES ($1, 'billing', '1', 'x', 'DELIVERED', $2, $2)`,
        [id, inHours(-24 * days)],
      );
      await database.run(
        `INSERT INTO sm_send_part (message_id, gateway_key, gateway_msg_id, part_no, status, created_at) VALUES ($1, 'G', 'g', 1, 'DELIVERED', $2)`,
        [id, inHours(-24 * days)],
      );
    }
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { counts: { purgedSend: 1 } } });
    expect(await ids('sm_send_t_log')).toEqual(['young']);
    expect(await ids('sm_send_part')).toEqual(['young']);
  });

  it('one instance runs, the other finds it busy', async () => {
    let second: unknown;
    const first = await runArchive(
      {
        ...ports(),
        beginRun: async (at) => {
          second = await runArchive(ports(), LIMITS, running);
          return ports().beginRun(at);
        },
      },
      LIMITS,
      running,
    );
    expect(second).toEqual({ kind: 'busy' });
    expect(first).toMatchObject({ kind: 'ran', run: { outcome: 'ok' } });
  });

  it.each(['archiver.move-sent.after-rows', 'archiver.move-sent.before-commit', 'archiver.move-sent.after-commit'])(
    'broken off at %s: every row is in one place, the run says so, the next one finishes',
    async (step) => {
      for (let index = 0; index < 7; index += 1)
        await sent(`m${index}`, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
      let passes = 0;
      const broken = await runArchive(
        ports((at) => {
          if (at === step && ++passes === 2) throw new Error('broken off');
        }),
        LIMITS,
        running,
      );
      expect(broken).toMatchObject({ run: { outcome: 'failed', problems: ['move-sent: broken off'] } });
      const moved = step.endsWith('after-commit') ? 4 : 2;
      expect(await ids('sm_send_t')).toHaveLength(7 - moved);
      expect(await ids('sm_send_t_log')).toHaveLength(moved);
      expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { outcome: 'ok' } });
      expect(await ids('sm_send_t')).toEqual([]);
      expect(await ids('sm_send_t_log')).toHaveLength(7);
      const runs = await findRuns(archiver, 10);
      expect(runs.map(({ outcome, counts }) => [outcome, counts.sendArchived])).toEqual([
        ['ok', 7 - moved],
        ['failed', moved],
      ]);
    },
  );
});
