import type { TranslationContext } from '../sql/context';
import { OracleError, oraText } from '../sql/oracle-error';
import { isSymbol, isWord } from '../sql/tokens';
import { type ParsedStatement, translate } from '../sql/translate';
import type { BatchError } from '../ttc/write-outcome';
import type { Value } from '../wire/oracle-types';
import { toOracleError } from './postgres-errors';
import type { PostgresSession } from './postgres-session';
import { refuseTexts } from './refuse-texts';
import { checkReturned } from './returned-types';

export type DmlCall = {
  readonly statement: ParsedStatement;
  readonly context: TranslationContext;
  /** Values of the binds that are sent, one array per execution. */
  readonly rows: readonly (readonly Value[])[];
  readonly batchErrors: boolean;
};

export type DmlResult = {
  /** Rows changed by all executions. */
  readonly count: number;
  readonly counts: readonly number[];
  /** RETURNING values: per execution, per row. */
  readonly returned: readonly (readonly (readonly Value[])[])[];
  readonly errors: readonly BatchError[];
};

/**
 * Failure of an array execution without batch errors, which ends at its first bad row. Earlier rows
 * remain changed.
 */
export class DmlFailure extends OracleError {
  constructor(
    cause: OracleError,
    readonly rowsDone: number,
  ) {
    super(cause.number, cause.message, cause.position);
  }
}

const MAX_PARAMETERS = 32_000;

const isPlainInsert = ({ tokens, returned }: ParsedStatement): boolean => {
  const values = tokens.findIndex((token) => isWord(token, 'VALUES'));
  return (
    isWord(tokens[0], 'INSERT') &&
    isWord(tokens[1], 'INTO') &&
    returned.size === 0 &&
    values > 0 &&
    isSymbol(tokens[values + 1], '(') &&
    isSymbol(tokens.at(-1), ')') &&
    !tokens.slice(values).some((token) => isWord(token, 'DEFAULT', 'SELECT'))
  );
};

/** Repeats `INSERT … VALUES (…)` for as many rows as one statement may hold. */
const insertManyText = (sql: string, rows: number, width: number): string => {
  const values = sql.lastIndexOf(' VALUES ');
  const row = sql.slice(values + 8);
  const all = Array.from({ length: rows }, (_, at) =>
    at === 0 ? row : row.replace(/\$(\d+)/g, (_match, position: string) => `$${Number(position) + at * width}`),
  );
  return `${sql.slice(0, values + 8)}${all.join(', ')}`;
};

const insertMany = async (call: DmlCall, sql: string, session: PostgresSession): Promise<DmlResult> => {
  const width = call.rows[0]!.length;
  const size = Math.max(1, Math.floor(MAX_PARAMETERS / Math.max(width, 1)));
  let count = 0;
  for (let at = 0; at < call.rows.length; at += size) {
    const rows = call.rows.slice(at, at + size);
    count += (await session.run(insertManyText(sql, rows.length, width), rows.flat(), true)).count;
  }
  return { count, counts: call.rows.map(() => 1), returned: [], errors: [] };
};

const execute = async (call: DmlCall, sql: string, values: readonly Value[], session: PostgresSession) => {
  const result = await session.run(sql, values, true);
  checkReturned(
    [...call.statement.returned].map((at) => call.context.bindTypes[at] as number),
    result.fields,
    result.rows,
  );
  return { count: result.count, rows: result.rows };
};

/** The row that a fast run has reached. */
type Progress = { row: number };

/** Runs row by row without savepoints: the fast path when no row fails. */
const rowByRow = async (
  call: DmlCall,
  sql: string,
  session: PostgresSession,
  progress: Progress,
): Promise<DmlResult> => {
  const counts: number[] = [];
  const returned: DmlResult['returned'][number][] = [];
  for (const [row, values] of call.rows.entries()) {
    progress.row = row;
    const { count, rows } = await execute(call, sql, values, session);
    counts.push(count);
    returned.push(rows);
  }
  return { count: counts.reduce((sum, count) => sum + count, 0), counts, returned, errors: [] };
};

/** A row that MERGE neither found nor could insert: another session had just inserted it. */
type Collision = { readonly row: number; readonly error: OracleError };

/** Runs row by row, each after its own savepoint. */
const guarded = async (
  call: DmlCall,
  sql: string,
  session: PostgresSession,
  collision: Collision | undefined,
): Promise<DmlResult> => {
  const counts: number[] = [];
  const returned: DmlResult['returned'][number][] = [];
  const errors: BatchError[] = [];
  const verb = call.statement.tokens[0]!.value;
  let done = 0;
  for (const [offset, values] of call.rows.entries()) {
    await session.run(offset === 0 ? 'SAVEPOINT ora_row' : 'RELEASE SAVEPOINT ora_row; SAVEPOINT ora_row');
    try {
      // MERGE would find the row now, but for its client it has failed.
      if (offset === collision?.row) throw collision.error;
      const { count, rows } = await execute(call, sql, values, session);
      counts.push(count);
      returned.push(rows);
      done += count;
    } catch (error) {
      const translated = toOracleError(error, { verb, lockWait: false });
      if (translated.number === 3113 || translated.number === 1013) throw translated;
      await session.run('ROLLBACK TO SAVEPOINT ora_row');
      if (!call.batchErrors) throw new DmlFailure(translated, done);
      errors.push({ offset, number: translated.number, text: oraText(translated.number, translated.message) });
      counts.push(0);
      returned.push([]);
    }
  }
  return { count: done, counts, returned, errors };
};

const sentTypes = ({ context, statement }: DmlCall): readonly number[] =>
  context.bindTypes.filter((_, at) => !statement.returned.has(at));

/** Runs INSERT, UPDATE, DELETE or MERGE, once or for an array of binds. */
export const runDml = async (call: DmlCall, session: PostgresSession): Promise<DmlResult> => {
  const situation = { verb: call.statement.tokens[0]!.value, lockWait: false };
  const sql = translate(call.statement, call.context);
  const many = call.rows.length > 1;
  const quick = many && isPlainInsert(call.statement) ? insertMany : rowByRow;
  const progress: Progress = { row: 0 };
  let collision: Collision | undefined;
  try {
    return await session.inStatement(situation, async () => {
      const result = await quick(call, sql, session, progress);
      await refuseTexts(session, sql, sentTypes(call), call.rows);
      // PostgreSQL keeps the lock on a row that it waited for, rechecked and left unchanged; Oracle
      // does not.
      if (result.count === 0 && ['UPDATE', 'DELETE', 'MERGE'].includes(situation.verb)) await session.undoStatement();
      return result;
    });
  } catch (error) {
    if (!(error instanceof OracleError) || [3113, 1013].includes(error.number) || (!many && !call.batchErrors))
      throw error;
    if (situation.verb === 'MERGE' && error.number === 1) collision = { row: progress.row, error };
  }
  // At least one row is bad, so run again to find it. Without batch errors earlier rows stay, so
  // the statement does not fail as a whole.
  let failure: DmlFailure | undefined;
  const result = await session.inStatement(situation, async () => {
    try {
      return await guarded(call, sql, session, collision);
    } catch (error) {
      if (!(error instanceof DmlFailure)) throw error;
      failure = error;
      return undefined;
    }
  });
  if (failure !== undefined) throw failure;
  return result as DmlResult;
};
