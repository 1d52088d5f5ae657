import type { DatabasePlace } from '../errors';

/** Drops undefined fields, so that two places are equal when their fields are. */
const known = (place: DatabasePlace): DatabasePlace =>
  Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)) as DatabasePlace;

type PostgresError = {
  readonly code?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly where?: string;
};

/**
 * Reads the place of a PostgreSQL error: table, column and constraint from the fields of class 23,
 * the raising function from the context. Returns undefined without a SQLSTATE.
 */
export const toPostgresPlace = ({
  code,
  table,
  column,
  constraint,
  where,
}: PostgresError): DatabasePlace | undefined => {
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const routine = /PL\/\w+ function (?:inline_code_block|"?([\w.$#]+)"?)/.exec(where ?? '')?.[1];
  return known({ number: code, table, column, constraint, routine } as DatabasePlace);
};

const NAME = '"?([^".()\\s]+)"?';

/** ("OWNER"."TABLE"."COLUMN") of ORA-01400 and ORA-01407; without brackets in ORA-12899. */
const COLUMN = new RegExp(`${NAME}\\.${NAME}\\.${NAME}`);
/** Matches (OWNER.CONSTRAINT) of ORA-00001, 2290, 2291 and 2292. */
const CONSTRAINT = new RegExp(`constraint \\(${NAME}\\.${NAME}\\)`);
/** Since 23ai, ORA-00001 and others name the table: `on table OWNER.TABLE`. */
const TABLE = new RegExp(`on table ${NAME}\\.${NAME}`);
const TRIGGER = new RegExp(`ORA-04088: error during execution of trigger '${NAME}\\.${NAME}'`);

/**
 * Reads the place of an Oracle error from its text (Oracle's "Database Error Messages" shows which
 * numbers name what). Returns undefined without an ORA number.
 */
export const toOraclePlace = (name: string, message: string): DatabasePlace | undefined => {
  if (!name.startsWith('ORA-')) return undefined;
  const [line = ''] = message.split('\n', 1);
  const column = /^ORA-(01400|01407|12899)$/.test(name) ? COLUMN.exec(line) : null;
  return known({
    number: name,
    table: column?.[2] ?? TABLE.exec(line)?.[2],
    column: column?.[3],
    constraint: CONSTRAINT.exec(line)?.[2],
    routine: TRIGGER.exec(message)?.[2],
  } as DatabasePlace);
};
