import type { DatabasePlace } from '../errors';

/** Only what is there: two places are the same when their fields are. */
const known = (place: DatabasePlace): DatabasePlace =>
  Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)) as DatabasePlace;

type PostgresError = {
  readonly code?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly where?: string;
};

/** PostgreSQL names table, column and constraint in fields of class 23, and the raising function in the context. Undefined for what is no SQLSTATE. */
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

/** ("OWNER"."TABLE"."COLUMN") of ORA-01400 and ORA-01407, and the same without brackets of ORA-12899. */
const COLUMN = new RegExp(`${NAME}\\.${NAME}\\.${NAME}`);
/** (OWNER.CONSTRAINT) of ORA-00001, 2290, 2291 and 2292. */
const CONSTRAINT = new RegExp(`constraint \\(${NAME}\\.${NAME}\\)`);
/** From 23ai on, ORA-00001 and others say which table: `on table OWNER.TABLE`. */
const TABLE = new RegExp(`on table ${NAME}\\.${NAME}`);
const TRIGGER = new RegExp(`ORA-04088: error during execution of trigger '${NAME}\\.${NAME}'`);

/** Oracle names them in the text: of which number, Oracle's Database Error Messages say. Undefined for what is no ORA number. */
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
