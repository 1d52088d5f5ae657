import oracledb from 'oracledb';
import { type NullServer, spawnNullServer } from '../../oracle-stand-in/null-server/spawn-null-server';
import type { Database, Tx } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { toOracleLogin } from '../../shared/database/oracle/open-oracle';
import type { OracleStatements } from '../../shared/database/oracle/oracle-statements';
import { inTransaction } from '../../shared/database/transaction';
import { ANSWERS, BATCH } from './oracle-batches';
import { type Case, createStatementCases, createTransactionCases, DIFFERENT } from './oracle-cases';

export type Measured = {
  readonly name: string;
  /** Rows per second of one processor, by processor time: other processes do not count. */
  readonly rate: number;
  /** The columns of an array statement, and the rows and columns as the driver gets them. */
  readonly columns?: number;
  readonly bare?: number;
  readonly calls: readonly string[];
};

type Sent = Parameters<OracleStatements['executeMany']>;

/** The runs take turns, so that other load on the machine hits all of them alike. */
const TURNS = 4;

/** Returns what an adapter sends to the database for a batch; there is no database. */
const sentBy = async ({ run }: Case, batch: number): Promise<Sent> => {
  const sent: Sent[] = [];
  const executeMany: OracleStatements['executeMany'] = async (...statement) => {
    const rows = statement[1];
    if (rows.length > 0) sent.push(statement);
    return { rowCount: rows.length, rowCounts: rows.map(() => 1) };
  };
  const executeEach: OracleStatements['executeEach'] = async (...statement) => {
    await executeMany(...statement);
    return [];
  };
  await run({ oracle: { executeMany, executeEach } } as unknown as Tx, batch);
  const [first, ...more] = sent;
  if (first === undefined || more.length > 0) throw new Error('expected exactly one array statement');
  return first;
};

const bindDefsOf = (columns: Sent[2]): oracledb.BindDefinition[] =>
  columns.map((column) => {
    if (column.type === 'text') return { type: oracledb.DB_TYPE_VARCHAR, maxSize: column.maxBytes };
    return { type: column.type === 'number' ? oracledb.DB_TYPE_NUMBER : oracledb.DB_TYPE_TIMESTAMP };
  }) as oracledb.BindDefinition[];

/** The bare driver: positional arrays from memory, with types. */
const bareRun = async (connection: oracledb.Connection, of: Case): Promise<(batch: number) => Promise<unknown>> => {
  const made = await Promise.all(Array.from({ length: DIFFERENT }, (_, batch) => sentBy(of, batch)));
  const [[sql, , columns]] = made as [Sent];
  const bindDefs = bindDefsOf(columns);
  return (batch) => {
    const rows = made[batch % DIFFERENT]?.[1] as unknown as oracledb.BindParameters[];
    return connection.executeMany(sql, rows, { bindDefs });
  };
};

/** Returns the seconds of processor time of this process. */
const cpuOf = async (batches: number, run: (batch: number) => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  for (let batch = 0; batch < batches; batch += 1) await run(batch);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

type Run = { readonly name: string; readonly batches: (count: number) => Promise<number> };

/** Returns the rate of each run. The first turn only warms up. */
const inTurns = async (runs: readonly Run[], batches: number): Promise<ReadonlyMap<string, number>> => {
  const seconds = new Map<string, number>();
  const each = Math.max(1, Math.round(batches / TURNS));
  for (let turn = 0; turn <= TURNS; turn += 1) {
    for (const run of runs) {
      const used = await run.batches(each);
      if (turn > 0) seconds.set(run.name, (seconds.get(run.name) ?? 0) + used);
    }
  }
  return new Map([...seconds].map(([name, used]) => [name, Math.round((each * TURNS * BATCH) / used)]));
};

const adapterRun = (db: Database, { name, run }: Case, perTransaction: boolean): Run => ({
  name,
  batches: (count) =>
    perTransaction
      ? cpuOf(count, (batch) => inTransaction(db, (tx) => run(tx, batch)))
      : inTransaction(db, (tx) => cpuOf(count, (batch) => run(tx, batch))),
});

/** Runs one more batch and returns the calls that it sends. */
const callsOf = async (server: NullServer, db: Database, of: Case): Promise<readonly string[]> => {
  await server.calls();
  await inTransaction(db, (tx) => of.run(tx, 0));
  return server.calls();
};

/** Measures everything once, in a process of its own; prints the results as JSON. */
const main = async (): Promise<void> => {
  const batches = Number(process.argv[2] ?? '100');
  const server = await spawnNullServer(ANSWERS);
  const db = openDatabase({ url: server.url, applicationName: 'bench', poolMax: 1, statementTimeoutMs: 60_000 });
  const connection = await oracledb.getConnection(
    toOracleLogin({ url: server.url } as Parameters<typeof toOracleLogin>[0]),
  );
  const statements = createStatementCases();
  const transactions = createTransactionCases();
  const runs: Run[] = [];
  for (const one of statements) {
    const bare = await bareRun(connection, one);
    runs.push(adapterRun(db, one, false), { name: `bare ${one.name}`, batches: (count) => cpuOf(count, bare) });
  }
  for (const one of transactions) runs.push(adapterRun(db, one, true));
  const rates = await inTurns(runs, batches);
  const found: Measured[] = [];
  for (const one of statements) {
    const [, , columns] = await sentBy(one, 0);
    const bare = rates.get(`bare ${one.name}`) as number;
    const calls = await callsOf(server, db, one);
    found.push({ name: one.name, rate: rates.get(one.name) as number, columns: columns.length, bare, calls });
  }
  for (const one of transactions)
    found.push({ name: one.name, rate: rates.get(one.name) as number, calls: await callsOf(server, db, one) });
  await connection.close();
  await db.close();
  await server.close();
  process.stdout.write(JSON.stringify(found));
};

void main();
