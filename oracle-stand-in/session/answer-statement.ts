import type { Cursor } from '../backend/cursors';
import { DmlFailure } from '../backend/run-dml';
import type { BlockOutput } from '../backend/server-world';
import { OracleError, oraText } from '../sql/oracle-error';
import { DIRECTION } from '../ttc/protocol';
import { type Outcome, writeOutcome } from '../ttc/write-outcome';
import {
  type OutBind,
  writeDescription,
  writeOutBinds,
  writeReturned,
  writeRowCounts,
  writeRows,
} from '../ttc/write-result';
import type { ByteWriter } from '../wire/byte-writer';
import type { BindType } from '../wire/oracle-types';
import { refuseLongs, refuseUnreadable } from './database-texts';
import { isLob, outBind } from './out-binds';
import { refineError } from './refine-error';
import { reportedCounts } from './reported-counts';
import {
  changeRows,
  controlSession,
  defineObject,
  describeOnly,
  runBlock,
  type StatementCall,
  startQuery,
} from './run-statement';
import { commitTransaction, loggedIn, type SessionState } from './session-state';

export type Options = {
  readonly fetchRows: number;
  readonly commit: boolean;
  readonly rowCounts: boolean;
  readonly batchErrors: boolean;
  /** False for a repetition, which is not described again. */
  readonly describe: boolean;
};

/** Runs a statement and writes its answer. */
type Answer = (
  state: SessionState,
  writer: ByteWriter,
  cursor: Cursor,
  call: StatementCall,
  options: Options,
) => Promise<void>;

const outcome = (state: SessionState, cursor: Cursor | undefined, more: Partial<Outcome> = {}): Outcome => ({
  ...(cursor === undefined ? {} : { cursorId: cursor.id }),
  inTransaction: state.login?.postgres.inTransaction() ?? false,
  ...more,
});

const NO_MORE_ROWS = { number: 1403, text: oraText(1403, 'no data found') };

/** Writes the next rows of an open query, and an ending that tells whether more follow. */
export const answerRows = async (
  state: SessionState,
  writer: ByteWriter,
  cursor: Cursor,
  count: number,
): Promise<void> => {
  const { source } = cursor;
  if (source === undefined) throw new OracleError(1002, 'fetch out of sequence');
  const rows = count > 0 ? await source.fetch(count) : [];
  refuseUnreadable(state.faults, source.columns, rows);
  cursor.fetched += rows.length;
  if (count > 0) writeRows(writer, source.columns, rows, { defines: cursor.defines, toLocator: state.lobs.toLocator });
  const ended = count > 0 && rows.length < count;
  if (ended) await state.cursors.closeSource(cursor);
  writeOutcome(writer, outcome(state, cursor, { rows: cursor.fetched, ...(ended ? { error: NO_MORE_ROWS } : {}) }));
};

/** Answers a parse-only call: describes what the statement would return, without running it. */
export const answerParsed = async (state: SessionState, writer: ByteWriter, cursor: Cursor): Promise<void> => {
  const { statement, binds } = cursor;
  const columns = await describeOnly(state, { statement, binds, rows: [], batchErrors: false });
  if (columns.length > 0) writeDescription(writer, columns);
  writeOutcome(writer, outcome(state, cursor));
};

const answerQuery: Answer = async (state, writer, cursor, call, options) => {
  await state.cursors.closeSource(cursor);
  const source = await startQuery(state, call);
  const described = JSON.stringify(source.columns);
  // A repetition is described again when its tables have changed.
  const describe = options.describe || described !== cursor.described;
  cursor.source = source;
  cursor.fetched = 0;
  cursor.described = described;
  if (describe) writeDescription(writer, source.columns);
  // The driver first learns about LOBs, then requests the type in which it wants them.
  const definesFirst = cursor.defines === undefined && source.columns.some(({ type }) => isLob(type));
  await answerRows(state, writer, cursor, definesFirst ? 0 : options.fetchRows);
};

const answerChange: Answer = async (state, writer, cursor, call, options) => {
  const result = await changeRows(state, call);
  const failed = result.errors.length > 0;
  if (options.commit && !failed) await commitTransaction(state);
  if (options.rowCounts) {
    const { serverVersion, faults } = state;
    const counts = reportedCounts(serverVersion, call.statement, result, faults.atCounts(call.statement.sql));
    if (counts !== undefined) writeRowCounts(writer, counts);
  }
  const { returned } = call.statement;
  if (returned.size > 0)
    writeReturned(
      writer,
      [...returned].map((at) => call.binds[at] as BindType),
      result.returned,
    );
  const error = { number: 24381, text: oraText(24381, 'error(s) in array DML') };
  writeOutcome(
    writer,
    outcome(state, cursor, {
      rows: result.count,
      batchErrors: [...result.errors].reverse(),
      ...(failed ? { error } : {}),
    }),
  );
};

const answerBlock: Answer = async (state, writer, cursor, call, options) => {
  const outputs = await runBlock(state, call);
  if (options.commit) await commitTransaction(state);
  if (call.binds.length > 0) {
    const named = Object.assign({}, ...outputs) as BlockOutput;
    const binds: OutBind[] = [];
    for (const [at, bind] of call.binds.entries())
      binds.push(await outBind(state, bind, named[call.statement.bindNames[at] as string]));
    writeOutBinds(writer, binds);
    cursor.outBinds = new Set(binds.flatMap(({ direction }, at) => (direction === DIRECTION.out ? [at] : [])));
  }
  writeOutcome(writer, outcome(state, cursor));
};

const run: Answer = async (state, writer, cursor, call, options) => {
  switch (call.statement.kind) {
    case 'query':
      return answerQuery(state, writer, cursor, call, options);
    case 'dml':
      return answerChange(state, writer, cursor, call, options);
    case 'plsql':
      return answerBlock(state, writer, cursor, call, options);
    case 'ddl':
      return writeOutcome(
        writer,
        outcome(state, cursor, { compilationWarning: !(await defineObject(state, call.statement)) }),
      );
    default:
      await controlSession(state, call.statement);
      return writeOutcome(writer, outcome(state, cursor));
  }
};

/** Runs the statement with the faults that the test has planned for it, and records it. */
export const answer: Answer = async (state, writer, cursor, call, options) => {
  const { user } = loggedIn(state);
  const { sql } = call.statement;
  const entry = { session: state.id, user, sql, executions: call.rows.length, prefetch: options.fetchRows };
  try {
    await state.disturb(sql);
    if (['query', 'dml'].includes(call.statement.kind))
      refuseLongs(call.statement.tokens, call.binds, state.world.characters.ratio);
    await run(state, writer, cursor, call, options);
    state.record(entry);
  } catch (thrown) {
    if (!(thrown instanceof OracleError)) throw thrown;
    const error = await refineError(state, call, thrown);
    state.record({ ...entry, error: error.number });
    const { number, position } = error;
    const rows = thrown instanceof DmlFailure ? thrown.rowsDone : 0;
    throw Object.assign(error, {
      outcome: outcome(state, cursor, {
        rows,
        error: { number, text: oraText(number, error.message), position: position ?? 0 },
      }),
    });
  }
};
