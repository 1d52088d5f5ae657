import { BridgeError } from '../errors';

/**
 * Who is to blame for work that fails however often it is done: `value`, this one record or row by what it holds, which is set aside alone; or `all`,
 * something that every record goes through (a table, a broker), and then nothing is set aside: the work waits until somebody mends it.
 */
export type Blame = 'value' | 'all';

/** Two records fail alike when these agree. The text does not count: it may hold a value. */
export const toFaultKey = (error: unknown): string => {
  if (!(error instanceof BridgeError)) return 'UNEXPECTED';
  const { number = '', table = '', column = '', constraint = '', routine = '' } = error.place ?? {};
  return [error.code, number, table, column, constraint, routine].join(' ').toUpperCase().trimEnd();
};

/** What a value can cause, and would cause again. */
const BY_VALUE: ReadonlySet<string> = new Set(['DB_DATA', 'ENCODE_FAILED', 'KAFKA_REJECTED']);

/** No valid message lacks a value that its table asks for: a column is NOT NULL that the bridge does not write, or may leave empty. */
const BY_TABLE: ReadonlySet<string> = new Set(['23502', 'ORA-01400', 'ORA-01407']);

/** Characters that the database cannot hold (22021, 22P05), and what our own codec refuses: nothing but the value can have caused it. */
const ONLY_BY_VALUE: ReadonlySet<string> = new Set(['22021', '22P05']);

/** What code beside the table raises when it refuses a row: RAISE of PL/pgSQL, RAISE_APPLICATION_ERROR of a trigger on Oracle. */
const RAISED = /^(P0001|ORA-20\d{3})$/;

/** True for an error that a value may have caused; of all others, whatever fails is tried again as it is. */
export const mayBeValue = (error: unknown): boolean =>
  error instanceof BridgeError && (BY_VALUE.has(error.code) || RAISED.test(error.place?.number ?? ''));

/** What the error alone says; undefined when it depends on what else goes through. */
export const blameByError = (error: unknown): Blame | undefined => {
  if (!mayBeValue(error)) return 'all';
  const { code, place } = error as BridgeError;
  if (code === 'ENCODE_FAILED' || ONLY_BY_VALUE.has(place?.number ?? '')) return 'value';
  return BY_TABLE.has(place?.number ?? '') ? 'all' : undefined;
};

export type Evidence = {
  /** known-good rows were tried on the same tables and rolled back; `none`: there is no such test */
  readonly probe: 'went in' | 'failed' | 'none';
  /** other records that failed alone with the same fault, and still do */
  readonly alike: number;
  /** other records went through beside this one, after it had failed */
  readonly othersWentThrough: boolean;
  /** the record has been tried alone for so long that others would have shown more */
  readonly longAlone: boolean;
};

/**
 * Decides about one record that failed alone; undefined: nothing shows it yet, try again.
 *
 * | the error | test rows | alike | others | blame |
 * |---|---|---|---|---|
 * | no value can cause it | | | | all |
 * | only a value can | | | | value |
 * | either | failed | | | all |
 * | either | went in or no test | | went through | value |
 * | either | went in | some | none | all: a rule of the table that the test rows do not touch |
 * | either | went in | none | none | value |
 * | either | no test | some | none | all |
 * | either | no test | none | none | value once it has been long alone |
 */
export const decideBlame = (error: unknown, evidence: Evidence): Blame | undefined => {
  const certain = blameByError(error);
  if (certain !== undefined) return certain;
  if (evidence.probe === 'failed') return 'all';
  if (evidence.othersWentThrough) return 'value';
  if (evidence.alike > 0) return 'all';
  return evidence.probe === 'went in' || evidence.longAlone ? 'value' : undefined;
};

/** One that failed alone. */
export type FailedAlone<T> = { readonly of: T; readonly error: unknown };

/** How many of those that failed alone failed like this one. */
export const countAlike = <T>(failed: readonly FailedAlone<T>[], one: FailedAlone<T>): number => {
  const key = toFaultKey(one.error);
  return failed.filter((other) => other !== one && toFaultKey(other.error) === key).length;
};
