import { BridgeError } from '../errors';
import type { FailedAlone } from '../timing/bisect';

/**
 * The cause of work that fails however often it is repeated. `value`: the content of this one
 * record or row, which alone is set aside. `all`: something that every record passes through (a
 * table, a broker). Nothing is set aside; the work waits until the cause is removed.
 */
export type Blame = 'value' | 'all';

/**
 * Returns a key that two records share when they fail alike. The message does not count, because it
 * may hold a value.
 */
export const toFaultKey = (error: unknown): string => {
  if (!(error instanceof BridgeError)) return 'UNEXPECTED';
  const { number = '', table = '', column = '', constraint = '', routine = '' } = error.place ?? {};
  return [error.code, number, table, column, constraint, routine].join(' ').toUpperCase().trimEnd();
};

/** Codes that a value can cause, and would cause again. */
const BY_VALUE: ReadonlySet<string> = new Set(['DB_DATA', 'ENCODE_FAILED', 'KAFKA_REJECTED']);

/**
 * A NOT NULL violation is the table's fault: the bridge does not write the column, or may leave it
 * empty. A valid message never lacks a required value.
 */
const BY_TABLE: ReadonlySet<string> = new Set(['23502', 'ORA-01400', 'ORA-01407']);

/**
 * Only a value can cause these: characters that the database cannot hold (22021, 22P05). The
 * codec's refusal is treated alike.
 */
const ONLY_BY_VALUE: ReadonlySet<string> = new Set(['22021', '22P05']);

/**
 * Numbers that code at the table raises to refuse a row: RAISE of PL/pgSQL, RAISE_APPLICATION_ERROR
 * of an Oracle trigger.
 */
const RAISED = /^(P0001|ORA-20\d{3})$/;

/**
 * Returns true for an error that a value may have caused. After any other error the work is
 * repeated unchanged.
 */
export const mayBeValue = (error: unknown): boolean =>
  error instanceof BridgeError && (BY_VALUE.has(error.code) || RAISED.test(error.place?.number ?? ''));

/** Decides by the error alone. Returns undefined when other records matter. */
export const blameByError = (error: unknown): Blame | undefined => {
  if (!mayBeValue(error)) return 'all';
  const { code, place } = error as BridgeError;
  if (code === 'ENCODE_FAILED' || ONLY_BY_VALUE.has(place?.number ?? '')) return 'value';
  return BY_TABLE.has(place?.number ?? '') ? 'all' : undefined;
};

export type Evidence = {
  /** Result of inserting known-good rows, rolled back; `none`: there is no such test. */
  readonly probe: 'went in' | 'failed' | 'none';
  /** Number of other records that failed alone with the same fault, and still do. */
  readonly alike: number;
  /** True when other records succeeded after this one had failed. */
  readonly othersWentThrough: boolean;
  /** True when the record has been tried alone long enough for other evidence to appear. */
  readonly longAlone: boolean;
};

/**
 * Decides about one record that failed alone. Returns undefined when the evidence is not sufficient
 * yet: try again.
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

/** Counts the others that failed alone in the same way as this one. */
export const countAlike = <T>(failed: readonly FailedAlone<T>[], one: FailedAlone<T>): number => {
  const key = toFaultKey(one.error);
  return failed.filter((other) => other !== one && toFaultKey(other.error) === key).length;
};
