import { Client } from 'pg';
import { missingObject, OracleError } from '../sql/oracle-error';
import type { Value } from '../wire/oracle-types';
import type { ErrorSituation, PostgresError } from './error-situation';
import { toOracleError } from './postgres-errors';
import { createPreparedStatements, queryText } from './prepared-statements';
import type { RawResult } from './raw-result';

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

const SAVEPOINT = 'SAVEPOINT ora_statement';
const SETTINGS = `SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'hex'; SET standard_conforming_strings = on`;

/** Creates the transaction of a session, with the savepoint of its running statement. */
const createTransaction = (client: Client) => {
  let open = false;
  let marked = false;

  const backToStatement = async (): Promise<void> => {
    await client.query(`ROLLBACK TO ${SAVEPOINT}`);
  };
  return {
    isOpen: (): boolean => open,
    backToStatement,
    /** Sets the statement's savepoint and releases the previous one, in one round trip. */
    mark: async (): Promise<void> => {
      if (!open) await client.query(`BEGIN; ${SAVEPOINT}`);
      else await client.query(marked ? `RELEASE ${SAVEPOINT}; ${SAVEPOINT}` : SAVEPOINT);
      open = true;
      marked = true;
    },
    end: async (sql: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
      if (!open) return;
      open = false;
      marked = false;
      await client.query(sql);
    },
    // Replaces the statement's own savepoint, which lies below: releasing that one later would
    // remove this one too.
    savepoint: async (name: string): Promise<void> => {
      await client.query(`RELEASE ${SAVEPOINT}; SAVEPOINT ${name}`);
      marked = false;
    },
    rollbackTo: async (name: string): Promise<void> => {
      if (!open) throw new OracleError(1086, 'savepoint never established in this session or is invalid');
      try {
        await client.query(`ROLLBACK TO SAVEPOINT ${name}`);
      } catch {
        await backToStatement().catch(() => undefined);
        throw new OracleError(1086, 'savepoint never established in this session or is invalid');
      }
      marked = false;
    },
    serializable: async (): Promise<void> => {
      if (open) throw new OracleError(1453, 'SET TRANSACTION must be first statement of transaction');
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      open = true;
    },
  };
};

/**
 * Undoes a statement. A late cancellation of the failed statement may hit this work, which is then
 * repeated.
 */
const undo = async (work: () => Promise<unknown>): Promise<void> => {
  await work().catch((error: PostgresError) => (error.code === '57014' ? work() : Promise.reject(error)));
};

/**
 * Tells whether the account has no right at all on the object. For it the object does not exist:
 * ORA-00942, not ORA-01031.
 */
const isHidden = async (client: Client, { code, message }: PostgresError): Promise<boolean> => {
  const relation = /^permission denied for (?:table|view|relation) (\S+)$/.exec(message)?.[1];
  if (code !== '42501' || relation === undefined) return false;
  const { rows } = await queryText(
    client,
    `SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1 AND (has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')
          OR has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE')) LIMIT 1`,
    [relation],
  );
  return rows.length === 0;
};

/**
 * Opens a session. The login was checked before.
 * @throws PostgreSQL's error
 */
export const openPostgresSession = async (url: string): Promise<PostgresSession> => {
  const client = new Client({ connectionString: url, application_name: 'oracle-stand-in' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(SETTINGS);
  const transaction = createTransaction(client);
  const prepared = createPreparedStatements(client);

  const repair = async (): Promise<void> => {
    if (transaction.isOpen()) await transaction.backToStatement();
  };
  const inStatement: PostgresSession['inStatement'] = async (situation, work) => {
    const began = !transaction.isOpen();
    try {
      await transaction.mark();
      return await work();
    } catch (error) {
      const translated = toOracleError(error, situation);
      if (translated.number === 3113) throw translated;
      // A statement that failed before changing anything has not begun a transaction.
      await undo(() => (began ? transaction.end('ROLLBACK') : transaction.backToStatement()));
      throw (await isHidden(client, error as PostgresError)) ? missingObject() : translated;
    }
  };
  const { isOpen, end, backToStatement, savepoint, rollbackTo, serializable } = transaction;
  return {
    processId: (client as unknown as { processID: number }).processID,
    inTransaction: isOpen,
    run: (sql, values, prepare = false) =>
      prepare ? prepared.run(sql, values, repair) : queryText(client, sql, values),
    inStatement,
    reading: async (situation, work) => {
      if (isOpen()) return inStatement(situation, work);
      try {
        return await work();
      } catch (error) {
        throw (await isHidden(client, error as PostgresError)) ? missingObject() : toOracleError(error, situation);
      }
    },
    parameterTypes: prepared.parameterTypes,
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
    undoStatement: backToStatement,
    savepoint,
    rollbackTo,
    serializable,
    close: async () => {
      await client.end().catch(() => undefined);
    },
  };
};
