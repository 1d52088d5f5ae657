import type { Client, QueryResult } from 'pg';
import type { PostgresError } from '../backend/error-situation';
import { swapCase, toPostgresName } from '../sql/names';
import { notSupported } from '../sql/oracle-error';
import type { Catalog, Check } from './compilation';
import { CompileError } from './compile-error';
import type { CompiledTrigger } from './compile-trigger';
import { NEW_ROW, OLD_ROW } from './resolve-names';

/** Object ids of PostgreSQL's types that columns have here. */
const TYPES: Readonly<Record<number, string>> = {
  16: 'boolean',
  17: 'bytea',
  20: 'numeric',
  23: 'numeric',
  27: 'tid',
  701: 'float8',
  1042: 'bpchar',
  1043: 'varchar',
  1114: 'timestamp',
  1184: 'timestamptz',
  1186: 'interval',
  1700: 'numeric',
};
const BOOLEAN = 16;

type Records = Map<string, ReadonlyMap<string, string>>;

/** Replaces variables in the text by NULLs of their types. */
const withoutVariables = (text: string, types: ReadonlyMap<string, string>, records: Records): string =>
  text.replace(/("[^"]*\$\d+")(?:\.("[^"]*"))?/g, (whole, name: string, field: string | undefined) => {
    const fields = records.get(name);
    if (fields !== undefined && field !== undefined) {
      const type = fields.get(field.slice(1, -1));
      return type === undefined ? whole : `(NULL::${type})`;
    }
    const type = types.get(name);
    return type === undefined || type === 'record' ? whole : `(NULL::${type})${field === undefined ? '' : `.${field}`}`;
  });

const toStatement = ({ kind }: Check, text: string): string => {
  if (kind === 'query') return `SELECT * FROM (${text}) AS "q$" LIMIT 0`;
  if (kind === 'change') return `EXPLAIN ${text}`;
  return kind === 'condition' ? `SELECT 1 WHERE (${text}) LIMIT 0` : `SELECT (${text}) AS v LIMIT 0`;
};

const missingName = (message: string): string | undefined => {
  const name =
    /column "?([^"\s]+)"? (?:of|does|referenced)/.exec(message)?.[1] ??
    /FROM-clause entry for table "([^"]+)"/.exec(message)?.[1];
  return name === undefined ? undefined : swapCase(name);
};

/** Translates PostgreSQL's error to the message of Oracle's compiler. */
const toCompileError = (check: Check, { code, message }: PostgresError): CompileError => {
  const inSql = check.kind === 'query' || check.kind === 'change';
  const name = missingName(message);
  const at = check.tokens.find(({ value }) => value === name?.split('.').at(-1))?.at ?? check.at;
  const fail = (text: string): CompileError => new CompileError(at, text);
  if (name !== undefined && (code === '42703' || code === '42P01'))
    return fail(
      inSql ? `PL/SQL: ORA-00904: "${name}": invalid identifier` : `PLS-00201: identifier '${name}' must be declared`,
    );
  if (code === '42P01') return fail('PL/SQL: ORA-00942: table or view does not exist');
  if (code === '42501') return fail('PL/SQL: ORA-01031: insufficient privileges');
  if (code === '42601' && /more (target columns|expressions)/.test(message))
    return fail(`PL/SQL: ORA-${/more target/.test(message) ? '00947: not enough values' : '00913: too many values'}`);
  if (code === '42804')
    return fail(inSql ? 'PL/SQL: ORA-00932: inconsistent datatypes' : 'PLS-00382: expression is of wrong type');
  throw notSupported(`[${check.tokens.map(({ text }) => text).join(' ')}] (${code}: ${message})`);
};

const examine = (check: Check, result: QueryResult, records: Records): CompileError | undefined => {
  if (check.record !== undefined)
    records.set(
      check.record,
      new Map(result.fields.map(({ name, dataTypeID }) => [name, TYPES[dataTypeID] ?? 'text'])),
    );
  if (check.targets !== undefined && check.targets !== result.fields.length)
    return new CompileError(
      check.at,
      `PL/SQL: ORA-${check.targets > result.fields.length ? '00947: not enough' : '00913: too many'} values`,
    );
  const isBoolean = result.fields[0]?.dataTypeID === BOOLEAN;
  const known = check.tokens.length > 1 || check.tokens[0]?.value !== 'NULL';
  return check.kind === 'value' && known && isBoolean !== (check.boolean === true)
    ? new CompileError(check.at, 'PLS-00382: expression is of wrong type')
    : undefined;
};

/**
 * Lets PostgreSQL check every expression and statement with the owner's rights. Must run in the
 * transaction that created the functions.
 */
export const checkCompiled = async (
  client: Client,
  compiled: CompiledTrigger,
  catalog: Catalog,
  role: string,
): Promise<CompileError[]> => {
  const errors: CompileError[] = [];
  const row = new Map([...catalog.row].map(([name, type]) => [toPostgresName(name).slice(1, -1), type]));
  const records: Records = new Map([NEW_ROW, OLD_ROW].map((name) => [name, row]));
  const failed = new Set<string>();
  await client.query(`SET LOCAL ROLE "${role}"`);
  for (const check of compiled.checks) {
    const loop = [...failed].find((record) => check.text.includes(`${record}.`));
    if (loop !== undefined) {
      const name = loop.slice(1, loop.lastIndexOf('$')).toUpperCase();
      errors.push(new CompileError(check.at, `PLS-00364: loop index variable '${name}' use is invalid`));
      if (check.record !== undefined) failed.add(check.record);
      continue;
    }
    await client.query('SAVEPOINT ora_check');
    try {
      const result = await client.query(toStatement(check, withoutVariables(check.text, compiled.types, records)));
      const error = examine(check, result, records);
      if (error !== undefined) errors.push(error);
    } catch (error) {
      await client.query('ROLLBACK TO SAVEPOINT ora_check');
      // An error at run time that PostgreSQL raises early, because it evaluates constants when
      // planning.
      if (check.record === undefined && /^22/.test((error as PostgresError).code ?? '')) continue;
      errors.push(toCompileError(check, error as PostgresError));
      if (check.record !== undefined) failed.add(check.record);
    }
  }
  await client.query('RESET ROLE');
  return errors;
};
