import { listStatements } from '../../migrations';
import { MOVE_RULES } from '../../services/archiver/sql/move-rules';
import { forEngine, type PerEngine, type Query, type Tx } from '../../shared/database/database';
import { NO_ORACLE } from '../../shared/database/oracle/oracle-statements';
import { queryOn } from '../../shared/database/postgres/open-postgres';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { BUSY_DAY } from './busy-day';
import { statementsOn, VIEWED } from './indexed-statements';

const MAPPING = loadExchangeMapping();

/** Rolls a transaction back. */
class Undo extends Error {}

/** Small tables, which may be read as a whole. */
const SMALL = [
  'login_user',
  'relay_offset',
  'sm_receive_ack',
  'archive_run',
  'archive_lock',
  'consumer_member',
  'client_sms_send',
];

/** Tests with the planner's choice. */
const onPostgres = (): void => {
  let database: TestDatabase;
  const used = new Set<string>();
  beforeAll(async () => {
    database = await createTestDatabase();
    for (const sql of BUSY_DAY) await database.db.query(sql);
  });
  afterAll(() => database.drop());

  type Counts = { readonly index: Map<string, number>; readonly whole: Map<string, number> };
  const count = async (query: Query): Promise<Counts> => {
    await query('SELECT pg_stat_force_next_flush()');
    const index = await query<{ name: string; scans: string }>(
      'SELECT indexrelname AS name, idx_scan AS scans FROM pg_stat_user_indexes',
    );
    const whole = await query<{ name: string; scans: string }>(
      'SELECT relname AS name, seq_scan AS scans FROM pg_stat_user_tables',
    );
    const toMap = (rows: readonly { name: string; scans: string }[]) =>
      new Map(rows.map(({ name, scans }) => [name, Number(scans)]));
    return { index: toMap(index.rows), whole: toMap(whole.rows) };
  };
  const grown = (before: Map<string, number>, after: Map<string, number>): string[] =>
    [...after].filter(([name, scans]) => scans > (before.get(name) ?? 0)).map(([name]) => name);

  it.each([...statementsOn('pg'), ...VIEWED])(
    'serve %s by %j, without a scan of a whole table',
    async (_name, expected, run) => {
      const connection = await database.db.knex.client.acquireConnection();
      try {
        const query = queryOn(connection);
        const tx: Tx = { query, oracle: NO_ORACLE };
        // after five executions a prepared statement gets a generic plan, without the values
        for (let time = 1; time < 8; time += 1) {
          await query('BEGIN');
          await run(tx, database.db);
          await query('ROLLBACK');
        }
        const before = await count(query);
        await query('BEGIN');
        await run(tx, database.db);
        await query('ROLLBACK');
        const after = await count(query);
        const indexes = grown(before.index, after.index);
        for (const index of indexes) used.add(index);
        expect(indexes).toEqual(expect.arrayContaining([...expected]));
        expect(grown(before.whole, after.whole).filter((table) => !SMALL.includes(table))).toEqual([]);
      } finally {
        await database.db.knex.client.releaseConnection(connection);
      }
    },
  );

  it('are all used, besides the keys', async () => {
    const { rows } = await database.db.query<{ name: string }>(
      `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique`,
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
};

type Definition = { readonly table: string; readonly key: string; readonly columns: string };

/**
 * Returns the migrations' keys and indexes by name: the table, and the first column or expression.
 */
const definitionsOnOracle = (): ReadonlyMap<string, Definition> => {
  const texts = listStatements('oracledb', MAPPING, { tablespaces: false }).flatMap(({ up }) => up);
  const renamed = new Map(
    texts.flatMap((text) => {
      const [, table, from, to] = /^ALTER TABLE (\w+) RENAME COLUMN (\w+) TO (\w+)/.exec(text) ?? [];
      return table === undefined ? [] : [[`${table}.${from}`, to!] as const];
    }),
  );
  return new Map(
    texts.flatMap((text) => {
      const [, index, on, columns = ''] = /^CREATE (?:UNIQUE )?INDEX (\w+) ON (\w+) \((.*)\) INITRANS/.exec(text) ?? [];
      if (index !== undefined)
        return [[index, { table: on!, key: /^\w+(?=,)/.exec(columns)?.[0] ?? columns, columns }] as const];
      const [, table, key, first] =
        /^CREATE TABLE (\w+) [\s\S]*CONSTRAINT (\w+_PK) PRIMARY KEY \((\w+)/.exec(text) ?? [];
      const column = renamed.get(`${table}.${first}`) ?? first;
      return key === undefined ? [] : [[key, { table: table!, key: column!, columns: column! }] as const];
    }),
  );
};

/** Removes differences of white space, brackets and alias. */
const plain = (expression: string): string => expression.toUpperCase().replace(/[\s()"]|\bT\./g, '');

/**
 * An index on an expression serves only a statement with this very expression. Plans need a real
 * Oracle with the rows of a real day.
 */
const onOracle = (): void => {
  let database: TestDatabase;
  const definitions = definitionsOnOracle();
  /** The statements of all cases. */
  const allAsked = new Set<string>();
  const statements = statementsOn('oracledb').map(
    ([name, indexes, run]) =>
      [name, indexes.map((index) => index.toUpperCase().replace(/_PKEY$/, '_PK')), run] as const,
  );
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'oracledb');
  });
  afterAll(() => database.drop());

  it.each(statements)('serve %s by the keys of %j', async (_name, indexes, run) => {
    const asked: string[] = [];
    const { db } = database;
    const work = inTransaction(db, async ({ query, oracle }) => {
      const listened: Tx['oracle'] = {
        execute: (sql, ...more) => {
          asked.push(sql.replace(/\s+/g, ' ').toUpperCase());
          return oracle.execute(sql, ...more);
        },
        executeMany: (sql, ...more) => {
          asked.push(sql.replace(/\s+/g, ' ').toUpperCase());
          return oracle.executeMany(sql, ...more);
        },
        executeEach: (sql, ...more) => {
          asked.push(sql.replace(/\s+/g, ' ').toUpperCase());
          return oracle.executeEach(sql, ...more);
        },
      };
      await run({ query, oracle: listened }, db);
      throw new Undo();
    });
    await expect(work).rejects.toThrow(Undo);
    for (const sql of asked) allAsked.add(sql);
    for (const index of indexes) {
      const { table, key } = definitions.get(index)!;
      const found = asked.filter((sql) => new RegExp(`\\b${table}\\b`).test(sql) && sql.includes(key));
      expect({ index, key, found: found.length > 0, asked }).toMatchObject({ found: true });
    }
  });

  // statistics of tables that fill by day and empty by night are wrong by day: without a hint the
  // planner may sort the whole table for every batch, and a hint with an unknown name is ignored
  // silently
  it('are named in a hint by every ordered claim', () => {
    const ordered = [...allAsked].filter((sql) => /ORDER BY.*SKIP LOCKED/.test(sql));
    // replies, waiting reports, due, taken and cancelled messages, and the archiver's: moves,
    // endings, purges, offers
    expect(ordered).toHaveLength(3 + 1 + 3 + MOVE_RULES.length + 2 + 2 + 1);
    for (const sql of ordered) {
      const [, alias = '', index = ''] = /INDEX\((\w+) (\w+|\(\w+\))\)/.exec(sql) ?? [];
      const [, table = ''] = new RegExp(String.raw`FROM (\w+) ${alias}\b`).exec(sql) ?? [];
      const [, order = ''] = /ORDER BY (.*?) FOR UPDATE/.exec(sql) ?? [];
      const named = definitions.get(index);
      // by its column where the table may be the province's, otherwise by its name
      const begins = index.startsWith('(') ? index : named?.table === table ? named.columns : '';
      expect([sql, plain(begins)]).toEqual([sql, plain(order)]);
    }
  });

  it('are those of PostgreSQL and two more, and all are used', async () => {
    const there = await database.run<{ name: string }>(
      `SELECT INDEX_NAME AS NAME FROM USER_INDEXES WHERE INDEX_NAME NOT LIKE 'knex%'`,
    );
    // the index of a key has the key's name
    const names = there
      .map(({ name }) => name)
      .filter((name) => !/_[PU]K$/.test(name))
      .sort();
    const made = [...definitions.keys()].filter((name) => !name.endsWith('_PK')).sort();
    expect(names).toEqual(made);
    const onBoth = listStatements('pg', MAPPING).flatMap(({ up }) =>
      up.flatMap((text) => /^CREATE (?:UNIQUE )?INDEX (\w+)/.exec(text)?.[1]?.toUpperCase() ?? []),
    );
    expect(names.filter((name) => !onBoth.includes(name))).toEqual(['SM_SEND_T_UNDATED', 'SM_SEND_T_UNHANDED']);
    expect(onBoth.filter((name) => !names.includes(name))).toEqual([]);
    const used = statements.flatMap(([, indexes]) => indexes);
    // those of the views
    const viewed = VIEWED.flatMap(([, indexes]) => indexes.map((index) => index.toUpperCase()));
    expect(names.filter((name) => !used.includes(name) && !viewed.includes(name))).toEqual([]);
  });
};

const SUITES: PerEngine<() => void> = { pg: onPostgres, oracledb: onOracle };

onEachEngine('indexes', (engine) => forEngine(engine, SUITES)());
