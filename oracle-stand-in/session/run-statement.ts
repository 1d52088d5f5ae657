import type { RowSource } from '../backend/cursors';
import { toLockWaitMs } from '../backend/ddl-steps';
import { blockHandlerFor } from '../backend/run-block';
import { runDdl } from '../backend/run-ddl';
import { type DmlResult, runDml } from '../backend/run-dml';
import { describeUnrun, openQuery, type QueryRunner } from '../backend/run-query';
import type { BlockOutput, BlockResult, BlockValue } from '../backend/server-world';
import { toPostgresName } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import { isWord, type Token } from '../sql/tokens';
import { type ParsedStatement, parseStatement, translate } from '../sql/translate';
import type { Bound } from '../ttc/read-execute';
import { type BindType, ORACLE_TYPE, type OracleColumn, type Value } from '../wire/oracle-types';
import { applySchema } from './log-in';
import { commitTransaction, contextOf, loggedIn, rollbackTransaction, type SessionState } from './session-state';

/** A statement with the values bound to it. */
export type StatementCall = {
  readonly statement: ParsedStatement;
  readonly binds: readonly BindType[];
  readonly rows: readonly (readonly Bound[])[];
  readonly batchErrors: boolean;
};

/** Checks a statement with the gate, and parses it. */
export const parseGated = async (state: SessionState, sql: string): Promise<ParsedStatement> => {
  const problem = await state.gate(sql);
  if (problem !== undefined) throw new OracleError(problem.number, problem.message, 0);
  return parseStatement(sql);
};

const plainRow = (row: readonly Bound[]): Value[] =>
  row.map((value) => {
    if (Array.isArray(value)) throw notSupported('array binds outside of blocks');
    return value as Value;
  });

/** Runs the statements that the test has planned for this moment, in a session of their own. */
const doMeanwhile = async (state: SessionState, { sql }: ParsedStatement): Promise<void> => {
  const context = await contextOf(state, []);
  for (const text of state.faults.beforeLocks(sql)) {
    const path = `SET LOCAL search_path = ${toPostgresName(state.schema)}, ora, pg_catalog`;
    await state.world.reader.query(`BEGIN; ${path}; ${translate(parseStatement(text), context)}; COMMIT`);
  }
};

const runnerFor = (state: SessionState, statement: ParsedStatement): QueryRunner => ({
  session: loggedIn(state).postgres,
  columns: state.world.columns,
  generation: () => state.generation,
  beforeLocks: () => doMeanwhile(state, statement),
  lockDirection: state.lockDirection,
});

export const startQuery = async (state: SessionState, call: StatementCall): Promise<RowSource> => {
  const context = await contextOf(
    state,
    call.binds.map(({ type }) => type),
  );
  const values = plainRow(call.rows[0] ?? []);
  return openQuery({ statement: call.statement, context, values }, runnerFor(state, call.statement));
};

/**
 * Parses and describes a statement without running it. Returns the columns of a query, and none for
 * other statements.
 * @throws errors that running the statement would raise at once
 */
export const describeOnly = async (state: SessionState, call: StatementCall): Promise<readonly OracleColumn[]> => {
  const { statement, binds } = call;
  if (statement.kind !== 'query' && statement.kind !== 'dml') return [];
  const context = await contextOf(
    state,
    binds.map(({ type }) => type),
  );
  return describeUnrun(
    { statement, context, values: statement.bindNames.map(() => null) },
    runnerFor(state, statement),
  );
};

export const changeRows = async (state: SessionState, call: StatementCall): Promise<DmlResult> => {
  const { postgres } = loggedIn(state);
  const context = await contextOf(
    state,
    call.binds.map(({ type }) => type),
  );
  const { returned } = call.statement;
  const rows = call.rows.map((row) => plainRow(row.filter((_, at) => !returned.has(at))));
  return runDml({ statement: call.statement, context, rows, batchErrors: call.batchErrors }, postgres);
};

const CODE = /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:TRIGGER|PROCEDURE|FUNCTION|PACKAGE|TYPE)\b/i;

/** Runs DDL, which commits before and after. Resolves with false when code does not compile. */
export const defineObject = async (state: SessionState, { sql, tokens }: ParsedStatement): Promise<boolean> => {
  await commitTransaction(state);
  const context = await contextOf(state, []);
  const lockWaitMs = toLockWaitMs(state.ddlLockSeconds);
  await state.world.exclusively(() =>
    runDdl({ sql, tokens, context, user: loggedIn(state).user, lockWaitMs }, state.world),
  );
  if (!CODE.test(sql)) return true;
  const name = tokens
    .slice(2)
    .find((token) => !isWord(token, 'REPLACE', 'TRIGGER', 'PROCEDURE', 'FUNCTION', 'PACKAGE', 'TYPE', 'BODY'));
  const { rows } = await state.world.reader.query('SELECT 1 FROM ora.code_errors WHERE name = $1', [name?.value]);
  return rows.length === 0;
};

/**
 * Handles SET ROLE. All roles of a session are active from its login on, so it only refuses a role
 * that the account lacks.
 */
const setRole = async (state: SessionState, [name]: readonly Token[]): Promise<void> => {
  if (name === undefined || isWord(name, 'ALL', 'NONE')) return;
  const { rowCount } = await state.world.reader.query(
    'SELECT 1 FROM ora.granted_roles WHERE grantee = $1 AND granted_role = $2',
    [loggedIn(state).user, name.value],
  );
  if (rowCount === 0) throw new OracleError(1924, `role '${name.value}' not granted or does not exist`);
};

/** Handles COMMIT, ROLLBACK, SAVEPOINT and SET TRANSACTION as statements. */
const controlTransaction = async (state: SessionState, tokens: readonly Token[]): Promise<void> => {
  const { postgres } = loggedIn(state);
  const [verb, , name] = tokens;
  const to = tokens.findIndex((token) => isWord(token, 'TO'));
  if (isWord(verb, 'COMMIT')) return commitTransaction(state);
  if (isWord(verb, 'ROLLBACK') && to < 0) return rollbackTransaction(state);
  const situation = { verb: verb?.value ?? '', lockWait: false };
  const savepoint = `"sp_${(to < 0 ? tokens[1] : tokens.at(-1))?.value}"`;
  if (isWord(verb, 'SAVEPOINT')) await postgres.inStatement(situation, () => postgres.savepoint(savepoint));
  else if (isWord(verb, 'ROLLBACK')) await postgres.rollbackTo(savepoint);
  else if (isWord(name, 'ISOLATION') && isWord(tokens.at(-1), 'SERIALIZABLE')) await postgres.serializable();
  else if (isWord(tokens[1], 'ROLE')) await setRole(state, tokens.slice(2));
  else if (!isWord(tokens[1], 'TRANSACTION') || isWord(tokens[2], 'READ')) throw notSupported('SET');
};

/**
 * Handles ALTER SESSION: applies the current schema and the wait of DDL. Formats and time zone have
 * no effect here.
 */
const alterSession = async (state: SessionState, tokens: readonly Token[]): Promise<void> => {
  const wait = tokens.findIndex((token) => isWord(token, 'DDL_LOCK_TIMEOUT'));
  if (wait > 0) state.ddlLockSeconds = Number(tokens[wait + 2]!.value);
  const at = tokens.findIndex((token) => isWord(token, 'CURRENT_SCHEMA'));
  if (at < 0) return;
  const schema = tokens[at + 2]!.value;
  if ((await state.world.accounts.find(schema)) === undefined) throw new OracleError(1435, 'user does not exist');
  state.schema = schema;
  await applySchema(state, loggedIn(state).postgres);
};

export const controlSession = (state: SessionState, { kind, tokens }: ParsedStatement): Promise<void> =>
  kind === 'session' ? alterSession(state, tokens) : controlTransaction(state, tokens);

/** Runs an Oracle statement from within a block. */
const runInner = async (state: SessionState, sql: string, values: readonly BlockValue[]): Promise<BlockResult> => {
  const statement = await parseGated(state, sql);
  const binds = statement.bindNames.map(() => ({ type: ORACLE_TYPE.varchar, maxSize: 4000, isArray: false }));
  const sent = [...values, ...Array.from({ length: statement.returned.size }, () => null)];
  const call: StatementCall = { statement, binds, rows: [sent as Bound[]], batchErrors: false };
  if (statement.kind === 'query') {
    const source = await startQuery(state, call);
    const rows = await source.fetch(100_000);
    await source.close();
    return { rows, count: rows.length };
  }
  if (statement.kind === 'dml') {
    const { count, returned } = await changeRows(state, call);
    return { rows: returned[0] ?? [], count };
  }
  if (statement.kind === 'ddl') await defineObject(state, statement);
  else await controlSession(state, statement);
  return { rows: [], count: 0 };
};

/** Runs an anonymous block once per row of binds. When one run fails, the whole call fails. */
export const runBlock = async (
  state: SessionState,
  { statement, rows }: StatementCall,
): Promise<readonly BlockOutput[]> => {
  const { postgres } = loggedIn(state);
  const handler = blockHandlerFor(statement.sql, statement.tokens, state.world.blocks);
  const outputs: BlockOutput[] = [];
  for (const row of rows) {
    const binds = new Map(statement.bindNames.map((name, at) => [name, row[at] as BlockValue]));
    const inBlock = { verb: 'BEGIN', lockWait: false };
    const output = await handler({
      binds,
      oracle: (sql, values = []) => runInner(state, sql, values),
      postgres: (sql, values = []) => postgres.inStatement(inBlock, () => postgres.run(sql, values as Value[])),
      commit: () => commitTransaction(state),
      rollback: () => rollbackTransaction(state),
    });
    outputs.push(output);
  }
  return outputs;
};
