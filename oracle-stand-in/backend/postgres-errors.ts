import { swapCase } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import type { ErrorSituation, PostgresError } from './error-situation';
import { refusedByText } from './refused-texts';

type Translate = (error: PostgresError, situation: ErrorSituation) => OracleError;

const constraintName = ({ schema, constraint }: PostgresError): string =>
  `${swapCase(schema ?? '')}.${swapCase(constraint ?? '')}`;

const columnName = ({ schema, table, column }: PostgresError): string =>
  [schema, table, column].map((name) => `"${swapCase(name ?? '')}"`).join('.');

const simple =
  (number: number, message: string): Translate =>
  () =>
    new OracleError(number, message);

const invalidIdentifier: Translate = ({ message }) => {
  const name = /column "?([^"\s]+)"? (?:of|does|referenced)/.exec(message)?.[1] ?? '';
  return new OracleError(
    904,
    `${name
      .split('.')
      .map((part) => `"${swapCase(part)}"`)
      .join('.')}: invalid identifier`,
  );
};

/** SQLSTATE → the error that Oracle reports in its place. */
const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  ORA00: ({ message, detail }) => new OracleError(Number(detail), message),
  '22001': simple(12899, 'value too large for column'),
  '22003': ({ message }) =>
    /precision|overflow/.test(message)
      ? new OracleError(1438, 'value larger than specified precision allowed for this column')
      : new OracleError(1426, 'numeric overflow'),
  '22012': simple(1476, 'divisor is equal to zero'),
  '22P02': simple(1722, 'invalid number'),
  '22007': ({ message }) =>
    /: "\s*\D/.test(message)
      ? new OracleError(1858, 'a non-numeric character was found where a numeric was expected')
      : new OracleError(1861, 'literal does not match format string'),
  '22008': simple(1843, 'not a valid month'),
  '23502': (error, { verb }) =>
    verb === 'UPDATE'
      ? new OracleError(1407, `cannot update (${columnName(error)}) to NULL`)
      : new OracleError(1400, `cannot insert NULL into (${columnName(error)})`),
  '23503': (error) =>
    /is still referenced/.test(`${error.detail} ${error.message}`) || /update or delete/.test(error.message)
      ? new OracleError(2292, `integrity constraint (${constraintName(error)}) violated - child record found`)
      : new OracleError(2291, `integrity constraint (${constraintName(error)}) violated - parent key not found`),
  '23505': (error) => new OracleError(1, `unique constraint (${constraintName(error)}) violated`),
  '23514': (error) => new OracleError(2290, `check constraint (${constraintName(error)}) violated`),
  '44000': simple(1402, 'view WITH CHECK OPTION where-clause violation'),
  '40001': simple(8177, "can't serialize access for this transaction"),
  '40P01': simple(60, 'deadlock detected while waiting for resource'),
  '42501': simple(1031, 'insufficient privileges'),
  '42601': simple(900, 'invalid SQL statement'),
  '42622': simple(972, 'identifier is too long'),
  '42701': simple(1430, 'column being added already exists in table'),
  '42702': simple(918, 'column ambiguously defined'),
  '42703': invalidIdentifier,
  '42704': simple(2443, 'Cannot drop constraint - nonexistent constraint'),
  '42710': simple(2264, 'name already used by an existing constraint'),
  '42803': simple(979, 'not a GROUP BY expression'),
  '42804': simple(932, 'inconsistent datatypes'),
  '42846': simple(932, 'inconsistent datatypes'),
  '42883': simple(932, 'inconsistent datatypes'),
  '42P01': simple(942, 'table or view does not exist'),
  '3F000': simple(942, 'table or view does not exist'),
  '42P07': simple(955, 'name is already used by an existing object'),
  '42P10': simple(904, 'invalid identifier'),
  '42P16': simple(2260, 'table can have only one primary key'),
  '428C9': simple(32795, 'cannot insert into a generated always identity column'),
  '55P03': (_, { lockWait }) =>
    lockWait
      ? new OracleError(30006, 'resource busy; acquire with WAIT timeout expired')
      : new OracleError(54, 'resource busy and acquire with NOWAIT specified or timeout expired'),
  '57014': simple(1013, 'user requested cancel of current operation'),
  '57P01': simple(3113, 'end-of-file on communication channel'),
  '53100': simple(1653, 'unable to extend table in tablespace'),
  P0002: simple(1403, 'no data found'),
  P0003: simple(1422, 'exact fetch returns more than requested number of rows'),
  '2BP01': simple(2449, 'unique/primary keys in table referenced by foreign keys'),
};

/** The SQLSTATEs that have a translation. */
export const POSTGRES_STATES: readonly string[] = Object.keys(TRANSLATIONS);

const CONNECTION = /connection terminated|ECONN|not queryable|terminating connection/i;

/**
 * Translates an error to Oracle's. One without translation becomes ORA-07445 with PostgreSQL's
 * text: either the statement exceeds this stand-in, or the table above lacks a line.
 */
export const toOracleError = (error: unknown, situation: ErrorSituation): OracleError => {
  if (error instanceof OracleError) return error;
  const failed = error as PostgresError;
  const told = refusedByText(failed, situation);
  if (told !== undefined) return told;
  const translate = TRANSLATIONS[failed.code ?? ''];
  if (translate !== undefined) return translate(failed, situation);
  if (CONNECTION.test(failed.message)) return new OracleError(3113, 'end-of-file on communication channel');
  return new OracleError(7445, `exception encountered: [stand-in], [${failed.code}], [${failed.message}]`);
};
