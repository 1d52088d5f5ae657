import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { runArchive, type TakeSlice } from '../../services/archiver/archive-batch';
import { type Phase, planArchive } from '../../services/archiver/core/plan-archive';
import { createHoldRunLock } from '../../services/archiver/sql/hold-run-lock';
import { createRunRecords, findRuns } from '../../services/archiver/sql/record-run';
import { createArchivePhases } from '../../services/archiver/wiring/archive-phases';
import type { Database, Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { insertRows, type Row } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { archivePorts, HOUR, LIMITS, nowhere, running } from './archiver-world';

jest.setTimeout(300_000);

const SLICES = { ...LIMITS, sliceRows: 1000 };
const now = Date.now();
const plan = planArchive(now, SLICES);
const ago = (hours: number) => new Date(now - hours * HOUR);

describe('the archiver on Oracle (the stand-in)', () => {
  let database: TestDatabase;
  let server: SpawnedOracleServer;
  let archiver: Database;
  const runs = createRunRecords('oracledb');
  const phases = createArchivePhases('oracledb', loadExchangeMapping(), nowhere);
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'oracledb');
    server = database.oracle as SpawnedOracleServer;
    archiver = (await database.login('sms_archiver')).db;
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await server.clearFaults();
    await database.empty();
  });

  /** Inserts rows that differ in their key, the first column. */
  const insert = (count: number, table: string, row: Row) => {
    const [[key, prefix] = []] = Object.entries(row);
    return insertRows(
      database.db,
      table,
      Array.from({ length: count }, (_, at) => {
        const id = `${prefix}${at + 1}`;
        return { ...row, [key as string]: id, ...(table === 'SM_SEND_T_LOG' ? { MSG_ID: id } : {}) };
      }),
    );
  };
  const message = (status: string, hours: { handed?: number; final?: number; expires: number }) => ({
    MESSAGE_ID: 'm-',
    APP_ID: 'billing',
    DEST_ADDR: '1',
    CONTENT: 'x',
    SOURCE: 'kafka',
    STATUS: status,
    CREATED_AT: ago(120),
    HANDED_AT: hours.handed === undefined ? null : ago(hours.handed),
    FINAL_AT: hours.final === undefined ? null : ago(hours.final),
    EXPIRES_AT: ago(hours.expires),
  });
  const FINISHED = message('DELIVERED', { handed: 30, final: 20, expires: 6 });
  const UNANSWERED = message('HANDED', { handed: 80, expires: 60 });
  const inbound = (processedAt: Date | null = null) => ({
    RECEIVED_ID: 'r-',
    SRC_ADDR: '1',
    DEST_ADDR: '2',
    APP_ID: 'billing',
    CONTENT: 'x',
    RECEIVED_AT: ago(120),
    RECORDED_AT: ago(120),
    OFFERED_AT: ago(13),
    PROCESSED_AT: processedAt,
  });
  const early = (hours: number) => ({
    RECEIVED_ID: 'r-',
    APP_ID: 'billing',
    PROCESSED_AT: ago(hours),
    STORED_AT: ago(hours),
  });
  const rowsIn = async (table: string): Promise<number> =>
    Number((await database.run<{ n: string }>(`SELECT COUNT(*) AS N FROM ${table}`))[0]?.n);

  const ROUND_TRIPS: readonly (readonly [Phase, number, () => Promise<unknown>])[] = [
    ['end-unanswered', 4, () => insert(1000, 'SM_SEND_T', UNANSWERED)],
    ['expire-unhanded', 4, () => insert(1000, 'SM_SEND_T', message('QUEUED', { expires: 80 }))],
    ['move-sent', 5, () => insert(1000, 'SM_SEND_T', FINISHED)],
    [
      'apply-acks',
      7,
      async () => {
        await insert(1000, 'SM_RECEIVE_T', inbound());
        await insert(1000, 'SM_RECEIVE_ACK', early(1));
      },
    ],
    ['drop-acks', 4, () => insert(1000, 'SM_RECEIVE_ACK', early(50))],
    ['move-processed', 5, () => insert(1000, 'SM_RECEIVE_T', inbound(ago(1)))],
    ['offer-again', 4, () => insert(1000, 'SM_RECEIVE_T', inbound())],
    ['move-unprocessed', 5, () => insert(1000, 'SM_RECEIVE_T', inbound())],
    ['purge-sent', 5, () => insert(1000, 'SM_SEND_T_LOG', { ...FINISHED, ARCHIVED_AT: ago(24 * 91) })],
  ];

  it.each(ROUND_TRIPS)(
    'handles a slice of 1000 rows (%s) in %i round trips, counts and commit included',
    async (phase, most, prepare) => {
      await prepare();
      const { runId } = await inTransaction(archiver, (tx) => runs.begin(tx, 'test', now));
      await server.clearLog();
      const slice = await inTransaction(archiver, async (tx) => {
        const result = await phases[phase](tx, plan, 0);
        await runs.count(tx, runId, result.counts);
        return result;
      });
      expect(slice.taken).toBe(1000);
      expect((await server.roundTrips()).length).toBe(most);
    },
  );

  /** Runs a slice whose rows change between the claim's query and its lock. */
  const meanwhile = (take: TakeSlice<Tx>, change: string) =>
    inTransaction(archiver, (tx) => {
      const execute: Tx['oracle']['execute'] = async (...statement) => {
        const result = await tx.oracle.execute(...statement);
        await tx.oracle.execute(change);
        return result as never;
      };
      return take({ ...tx, oracle: { ...tx.oracle, execute } }, plan, 0);
    });

  it('skips a row that changed before its lock was taken, and continues the phase', async () => {
    await insert(3, 'SM_RECEIVE_T', inbound());
    const change = `UPDATE SM_RECEIVE_T SET PROCESSED_AT = OFFERED_AT WHERE RECEIVED_ID = 'r-2'`;
    expect(await meanwhile(phases['move-unprocessed'], change)).toMatchObject({
      taken: 2,
      claimed: 3,
      moved: { deleted: 2, inserted: 2 },
    });
    expect(await rowsIn('SM_RECEIVE_T')).toBe(1);
    await database.empty();
    await insert(3, 'SM_RECEIVE_T', inbound());
    expect(await meanwhile(phases['offer-again'], change)).toMatchObject({ taken: 2, claimed: 3 });
    await insert(3, 'SM_SEND_T', UNANSWERED);
    const answered = `UPDATE SM_SEND_T SET STATUS = 'DELIVERED', FINAL_AT = HANDED_AT WHERE MESSAGE_ID = 'm-2'`;
    // with the archiver's own right, as a report would change it
    expect(await meanwhile(phases['end-unanswered'], answered)).toMatchObject({
      taken: 2,
      claimed: 3,
      counts: { deadlineUnknown: 2 },
    });
  });

  const ports = () => archivePorts(archiver);

  it.each(['before', 'after'] as const)(
    "loses the connection %s a slice's commit: every row is in one place, and the counts of all runs add up",
    async (when) => {
      await insert(7, 'SM_SEND_T', FINISHED);
      // before it come the run's row, two phases without rows, and the first slice
      await server.inject({ kind: 'kill-at-commit', when, nth: 5 });
      const broken = await runArchive(ports(), LIMITS, running);
      expect(broken).toMatchObject({ run: { outcome: 'failed', problems: [expect.stringMatching(/^move-sent: /)] } });
      const moved = when === 'after' ? 4 : 2;
      expect([await rowsIn('SM_SEND_T'), await rowsIn('SM_SEND_T_LOG')]).toEqual([7 - moved, moved]);
      expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { outcome: 'ok' } });
      expect([await rowsIn('SM_SEND_T'), await rowsIn('SM_SEND_T_LOG')]).toEqual([0, 7]);
      expect((await findRuns(archiver, 2)).map(({ counts }) => counts.sendArchived)).toEqual([7 - moved, moved]);
    },
  );

  it('notices the loss of the run lock, and leaves it free for the next run', async () => {
    const hold = createHoldRunLock(archiver, 50);
    const result = await hold(async (lost) => {
      expect(await hold(async () => 'both')).toBeUndefined();
      await server.inject({ kind: 'kill-at-statement', matching: 'ALIVE' });
      await waitUntil('the lock is lost', () => lost.aborted);
      expect(lost.reason).toMatchObject({ code: 'ARCHIVE_LOCK_LOST' });
      return waitUntil('another one has the lock', () => hold(async () => 'the next one'));
    });
    expect(result).toBe('the next one');
  });
});
