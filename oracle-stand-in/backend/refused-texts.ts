import { swapCase } from '../sql/names';
import { notSupported, OracleError } from '../sql/oracle-error';
import type { ErrorSituation, PostgresError } from './error-situation';

type Refused = readonly [
  sqlState: string,
  text: RegExp,
  toError: (match: RegExpExecArray, situation: ErrorSituation) => OracleError,
];

const simple = (number: number, message: string) => () => new OracleError(number, message);

/** Cases in which one SQLSTATE covers several Oracle numbers: PostgreSQL's message decides. */
const REFUSED: readonly Refused[] = [
  ['21000', /MERGE command/, simple(30926, 'unable to get a stable set of rows in the source tables')],
  ['21000', /more than one row/, simple(1427, 'single-row subquery returns more than one row')],
  ['2201E', /./, simple(1428, 'argument is out of range')],
  ['2201F', /./, simple(1428, 'argument is out of range')],
  ['22025', /./, simple(1424, 'missing or illegal character following the escape character')],
  ['42601', /more expressions than target/, simple(913, 'too many values')],
  ['42601', /more target columns than/, simple(947, 'not enough values')],
  ['42601', /has too many columns/, simple(913, 'too many values')],
  ['42601', /has too few columns/, simple(947, 'not enough values')],
  ['42601', /same number of columns/, simple(1789, 'query block has incorrect number of result columns')],
  ['42601', /multiple assignments/, simple(957, 'duplicate column name')],
  [
    '42701',
    /specified more than once/,
    (_, { verb }) =>
      verb === 'ALTER'
        ? new OracleError(1430, 'column being added already exists in table')
        : new OracleError(957, 'duplicate column name'),
  ],
  ['42803', /not allowed in/, simple(934, 'group function is not allowed here')],
  [
    '42804',
    /types .* cannot be matched/,
    simple(1790, 'expression must have same datatype as corresponding expression'),
  ],
  ['42804', /^argument of .* must be type boolean/, simple(920, 'invalid relational operator')],
  ['42809', /is not a (?:table|view|index|sequence)/, simple(942, 'table or view does not exist')],
  ['42830', /./, simple(2270, 'no matching unique or primary key for this column-list')],
  ['42883', /^function ora\.\w+\(.*\) does not exist/, simple(909, 'invalid number of arguments')],
  ['42P10', /SELECT DISTINCT, ORDER BY/, simple(1791, 'not a SELECTed expression')],
  ['42P17', /index/, simple(1743, 'only pure functions can be indexed')],
  ['42P20', /./, simple(30483, 'window functions are not allowed here')],
  [
    '42P01',
    /invalid reference to FROM-clause entry for table "(\w+)"/,
    ([, table = '']) => new OracleError(904, `"${swapCase(table)}": invalid identifier`),
  ],
  [
    '0A000',
    /FOR UPDATE (?:is not allowed|cannot be applied)/,
    simple(2014, 'cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.'),
  ],
  ['0A000', /column reference in DEFAULT/, simple(984, 'column not allowed here')],
  [
    '0A000',
    /truncate a table referenced/,
    simple(2266, 'unique/primary keys in table referenced by enabled foreign keys'),
  ],
  ['0A000', /used by a view/, () => notSupported('changing a column that a view uses')],
  [
    '55000',
    /currval of sequence "(.+)"/,
    ([, name = '']) => new OracleError(8002, `sequence ${swapCase(name)}.CURRVAL is not yet defined in this session`),
  ],
  [
    '55000',
    /cannot (?:insert into|update|delete from) view/,
    simple(1732, 'data manipulation operation not legal on this view'),
  ],
  ['2BP01', /^cannot drop constraint/, simple(2273, 'this unique/primary key is referenced by some foreign keys')],
  ['2BP01', /^cannot drop index/, simple(2429, 'cannot drop index used for enforcement of unique/primary key')],
];

const validation =
  (number: number, what: string) =>
  ({ schema, constraint }: PostgresError) =>
    new OracleError(number, `cannot validate (${swapCase(schema ?? '')}.${swapCase(constraint ?? '')}) - ${what}`);

/** Errors of ALTER TABLE about existing rows. */
const VALIDATIONS: Readonly<Record<string, (error: PostgresError) => OracleError>> = {
  '23503': validation(2298, 'parent keys not found'),
  '23505': validation(2299, 'duplicate keys found'),
  '23514': validation(2293, 'check constraint violated'),
  '42804': simple(1439, 'column to be modified must be empty to change datatype'),
  '22P02': simple(1439, 'column to be modified must be empty to change datatype'),
  ORA00: simple(1441, 'cannot decrease column length because some value is too big'),
};

/** Returns Oracle's error for one that only PostgreSQL's message identifies, or undefined. */
export const refusedByText = (error: PostgresError, situation: ErrorSituation): OracleError | undefined => {
  const { code = '', message } = error;
  if (code === '23505' && /could not create unique index/.test(message) && situation.verb === 'CREATE')
    return new OracleError(1452, 'cannot CREATE UNIQUE INDEX; duplicate keys found');
  if (situation.verb === 'ALTER' && code in VALIDATIONS) return VALIDATIONS[code]!(error);
  for (const [sqlState, text, toError] of REFUSED) {
    const match = sqlState === code ? text.exec(message) : null;
    if (match !== null) return toError(match, situation);
  }
  return undefined;
};
