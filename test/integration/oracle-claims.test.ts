import { tablesOnOracle } from '../../migrations/0001-tables-oracle';
import { createProducerIndexes } from '../../migrations/0003-producer-indexes';
import { createEndMessages, END_UNANSWERED, EXPIRE_UNHANDED } from '../../services/archiver/adapters/end-messages';
import { createMoveSlice } from '../../services/archiver/adapters/move-slice';
import { MOVES } from '../../services/archiver/adapters/moves';
import { OFFER_AGAIN } from '../../services/archiver/adapters/offer-again';
import { createPurgeSlice, PURGE_RECEIVED, PURGE_SENT } from '../../services/archiver/adapters/purge-history';
import { planArchive } from '../../services/archiver/core/plan-archive';
import { createDispatchDue } from '../../services/exchange-relay/adapters/dispatch-due';
import { createIntakeStatements } from '../../services/producer/adapters/claim-new-rows';
import { createCancelStatements } from '../../services/producer/adapters/mark-cancelled';
import { createExchangeClaims } from '../../services/report-collector/adapters/claim-rows';
import { createWaitingReports } from '../../services/report-collector/adapters/waiting-reports';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

// the grammar takes seconds for a statement that it has not seen before
jest.setTimeout(300_000);

const NAMES = loadExchangeNames();
const DAY = 86_400_000;
const plan = planArchive(Date.now(), {
  reportDeadlineMs: 3 * DAY,
  receivedRetryMs: DAY / 2,
  receivedMaxAttempts: 3,
  pendingAckMs: 2 * DAY,
  sendLogRetentionMs: 90 * DAY,
  receiveLogRetentionMs: 90 * DAY,
  sliceRows: 500,
});

/** White space, brackets and an alias are no difference. */
const plain = (expression: string): string => expression.toUpperCase().replace(/[\s()"]|\bT\./g, '');

/** What each index begins with, by table and name. */
const INDEXES: ReadonlyMap<string, string> = new Map(
  [tablesOnOracle(NAMES, { tablespaces: false }), createProducerIndexes.oracledb(NAMES, { tablespaces: false })]
    .flatMap(({ up }) => up)
    .flatMap((sql) => {
      const [, index, table, columns] = /^CREATE INDEX (\w+) ON (\w+) \((.*)\) INITRANS/.exec(sql) ?? [];
      return columns === undefined ? [] : [[`${table} ${index}`, plain(columns)] as const];
    }),
);

/**
 * The planner's numbers about tables that fill by day and empty by night are wrong by day; without a hint it may sort the whole table for every batch. A hint
 * with a name that is not there is passed over in silence.
 */
describe('claims on Oracle', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(NAMES, 'oracledb');
  });
  afterAll(() => database.drop());

  it('name the index that has their order', async () => {
    const { db } = database;
    const started = (await database.oracle!.statements()).length;
    await db.transaction(async (tx) => {
      const claims = createExchangeClaims(db, NAMES);
      for (const claim of [claims.resp, claims.report, claims.recv]) await claim(tx, { limit: 100 });
      await createWaitingReports('oracledb').claim(tx, { limit: 100 }, Date.now());
      await createDispatchDue(db, NAMES)(tx, 100, Date.now());
      await createIntakeStatements(db).claimNew(tx, 100);
      await createCancelStatements(db).claimCancelled(tx, { limit: 100 });
      for (const move of MOVES) await createMoveSlice('oracledb', move)(tx, plan, 0);
      for (const ending of [END_UNANSWERED, EXPIRE_UNHANDED]) await createEndMessages('oracledb', ending)(tx, plan, 0);
      for (const purge of [PURGE_SENT, PURGE_RECEIVED]) await createPurgeSlice('oracledb', purge)(tx, plan, 0);
      await OFFER_AGAIN.oracledb?.(tx, plan, 0);
    });
    const asked = (await database.oracle!.statements()).slice(started).map(({ sql }) => sql);
    const ordered = [...new Set(asked.filter((sql) => /ORDER BY[\s\S]*SKIP LOCKED/.test(sql)))];
    expect(ordered.length).toBe(3 + 1 + 3 + MOVES.length + 2 + 2 + 1);
    for (const sql of ordered) {
      const [, alias = '', index = ''] = /INDEX\((\w+) (\w+|\(\w+\))\)/.exec(sql) ?? [];
      const [, table = ''] = new RegExp(String.raw`FROM (\w+) ${alias}\b`).exec(sql) ?? [];
      const [, order = ''] = /ORDER BY ([\s\S]*?) FOR UPDATE/.exec(sql) ?? [];
      // by its column, where the table may have come from the province; else by its name
      const begins = index.startsWith('(') ? plain(index) : INDEXES.get(`${table} ${index}`.toUpperCase());
      expect([sql, begins]).toEqual([sql, plain(order)]);
    }
  });
});
