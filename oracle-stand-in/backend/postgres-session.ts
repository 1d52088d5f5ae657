import { Client, type QueryResult } from 'pg';
import { missingObject, OracleError } from '../sql/oracle-error';
import type { Value } from '../wire/oracle-types';
import type { ErrorSituation, PostgresError } from './error-situation';
import { toOracleError } from './postgres-errors';

export type RawField = {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
};
export type RawResult = {
  readonly fields: readonly RawField[];
  readonly rows: readonly (readonly Value[])[];
  readonly count: number;
};

/** One PostgreSQL connection, which carries the transaction and the locks of one Oracle session. */
export type PostgresSession = {
  readonly processId: number;
  readonly inTransaction: () => boolean;
  /** Runs a statement in the open transaction, or on its own when there is none. */
  readonly run: (sql: string, values?: readonly Value[], prepare?: boolean) => Promise<RawResult>;
  /** Runs one Oracle statement in a transaction, begun if needed. A failure undoes only it. */
  readonly inStatement: <T>(situation: ErrorSituation, work: () => Promise<T>) => Promise<T>;
  /** Runs a statement that changes nothing; begins no transaction. */
  readonly reading: <T>(situation: ErrorSituation, work: () => Promise<T>) => Promise<T>;
  /**
   * Returns the types that PostgreSQL inferred for the parameters of a prepared statement; none for
   * other statements.
   */
  readonly parameterTypes: (sql: string) => Promise<readonly string[]>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
  /** Undoes the effects of the running statement so far, including its locks. */
  readonly undoStatement: () => Promise<void>;
  readonly savepoint: (name: string) => Promise<void>;
  readonly rollbackTo: (name: string) => Promise<void>;
  /** Begins a serializable transaction. */
  readonly serializable: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const asText = { getTypeParser: () => (value: string) => value };
const SAVEPOINT = 'SAVEPOINT ora_statement';
const SETTINGS = `SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'hex'; SET standard_conforming_strings = on`;
const PREPARED_LIMIT = 500;

/** Recognises a prepared plan that is outdated because a table or view changed. */
const isOutdated = ({ code, message }: PostgresError): boolean => code === '0A000' && /cached plan/.test(message);

/**
 * Opens a session. The login was checked before.
 * @throws PostgreSQL's error
 */
export const openPostgresSession = async (url: string): Promise<PostgresSession> => {
  const client = new Client({ connectionString: url, application_name: 'oracle-stand-in' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(SETTINGS);
  const prepared = new Map<string, string>();
  const parameters = new Map<string, readonly string[]>();
  let transaction = false;
  let savepoint = false;

  let names = 0;

  const nameOf = (sql: string): string | undefined => {
    const known = prepared.get(sql);
    if (known !== undefined || prepared.size >= PREPARED_LIMIT) return known;
    names += 1;
    const name = `s${names}`;
    prepared.set(sql, name);
    return name;
  };
  const query = async (sql: string, values: readonly Value[] = [], name?: string): Promise<RawResult> => {
    const result: QueryResult = await client.query({
      text: sql,
      values: values as unknown[],
      rowMode: 'array',
      types: asText,
      ...(name === undefined ? {} : { name }),
    } as never);
    return { fields: result.fields ?? [], rows: result.rows as never, count: result.rowCount ?? 0 };
  };
  /**
   * Runs a statement. Oracle reparses one whose object has changed; PostgreSQL refuses it when it
   * is prepared, so it is prepared again.
   */
  const run: PostgresSession['run'] = async (sql, values, prepare = false) => {
    try {
      return await query(sql, values, prepare ? nameOf(sql) : undefined);
    } catch (error) {
      if (!prepare || !isOutdated(error as PostgresError)) throw error;
      if (transaction) await client.query(`ROLLBACK TO ${SAVEPOINT}`);
      prepared.delete(sql);
      parameters.delete(sql);
      return query(sql, values, nameOf(sql));
    }
  };
  /** Sets the statement's savepoint and releases the previous one, in one round trip. */
  const mark = async (): Promise<void> => {
    if (!transaction) await client.query(`BEGIN; ${SAVEPOINT}`);
    else await client.query(savepoint ? `RELEASE ${SAVEPOINT}; ${SAVEPOINT}` : SAVEPOINT);
    transaction = true;
    savepoint = true;
  };
  const end = async (sql: string): Promise<void> => {
    if (!transaction) return;
    transaction = false;
    savepoint = false;
    await client.query(sql);
  };
  /**
   * Undoes a statement. A late cancellation of the failed statement may hit this work, which is
   * then repeated.
   */
  const undo = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: PostgresError) => (error.code === '57014' ? work() : Promise.reject(error)));
  };
  /**
   * Tells whether the account has no right at all on the object. For it the object does not exist:
   * ORA-00942, not ORA-01031.
   */
  const hidden = async ({ code, message }: PostgresError): Promise<boolean> => {
    const relation = /^permission denied for (?:table|view|relation) (\S+)$/.exec(message)?.[1];
    if (code !== '42501' || relation === undefined) return false;
    const { rows } = await query(
      `SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1 AND (has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')
          OR has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE')) LIMIT 1`,
      [relation],
    );
    return rows.length === 0;
  };
  const inStatement: PostgresSession['inStatement'] = async (situation, work) => {
    const began = !transaction;
    try {
      await mark();
      return await work();
    } catch (error) {
      const translated = toOracleError(error, situation);
      if (translated.number === 3113) throw translated;
      // A statement that failed before changing anything has not begun a transaction.
      if (began) await undo(() => end('ROLLBACK'));
      else await undo(() => client.query(`ROLLBACK TO ${SAVEPOINT}`));
      throw (await hidden(error as PostgresError)) ? missingObject() : translated;
    }
  };
  return {
    processId: (client as unknown as { processID: number }).processID,
    inTransaction: () => transaction,
    run,
    inStatement,
    reading: async (situation, work) => {
      if (transaction) return inStatement(situation, work);
      try {
        return await work();
      } catch (error) {
        throw (await hidden(error as PostgresError)) ? missingObject() : toOracleError(error, situation);
      }
    },
    parameterTypes: async (sql) => {
      const known = parameters.get(sql);
      if (known !== undefined || !prepared.has(sql)) return known ?? [];
      const { rows } = await query(
        'SELECT pg_catalog.unnest(parameter_types)::text FROM pg_catalog.pg_prepared_statements WHERE name = $1',
        [prepared.get(sql) ?? ''],
      );
      const types = rows.map(([type]) => String(type));
      parameters.set(sql, types);
      return types;
    },
    commit: async () => {
      try {
        await end('COMMIT');
      } catch (error) {
        if ((error as PostgresError).code === undefined)
          throw new OracleError(3113, 'end-of-file on communication channel');
        throw toOracleError(error, { verb: 'COMMIT', lockWait: false });
      }
    },
    rollback: () => end('ROLLBACK'),
    undoStatement: async () => {
      await client.query(`ROLLBACK TO ${SAVEPOINT}`);
    },
    // Replaces the statement's own savepoint, which lies below: releasing that one later would
    // remove this one too.
    savepoint: async (name) => {
      await client.query(`RELEASE ${SAVEPOINT}; SAVEPOINT ${name}`);
      savepoint = false;
    },
    rollbackTo: async (name) => {
      if (!transaction) throw new OracleError(1086, 'savepoint never established in this session or is invalid');
      try {
        await client.query(`ROLLBACK TO SAVEPOINT ${name}`);
      } catch {
        await client.query(`ROLLBACK TO ${SAVEPOINT}`).catch(() => undefined);
        throw new OracleError(1086, 'savepoint never established in this session or is invalid');
      }
      savepoint = false;
    },
    serializable: async () => {
      if (transaction) throw new OracleError(1453, 'SET TRANSACTION must be first statement of transaction');
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      transaction = true;
    },
    close: async () => {
      await client.end().catch(() => undefined);
    },
  };
};
