import type { Database, PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';

export type Action = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';

/** Returns one statement for an action on one column. It changes nothing, but needs the right. */
export const STATEMENTS: PerEngine<Readonly<Record<Action, (relation: string, column: string) => string>>> = {
  pg: {
    SELECT: (relation, column) => `SELECT ${column} FROM ${relation} WHERE false`,
    INSERT: (relation, column) => `INSERT INTO ${relation} (${column}) SELECT NULL WHERE false`,
    UPDATE: (relation, column) => `UPDATE ${relation} SET ${column} = DEFAULT WHERE false`,
    DELETE: (relation) => `DELETE FROM ${relation}`,
    TRUNCATE: (relation) => `TRUNCATE ${relation}`,
  },
  oracledb: {
    SELECT: (relation, column) => `SELECT ${column} FROM ${relation} WHERE 1 = 0`,
    INSERT: (relation, column) => `INSERT INTO ${relation} (${column}) SELECT NULL FROM DUAL WHERE 1 = 0`,
    UPDATE: (relation, column) => `UPDATE ${relation} SET ${column} = NULL WHERE 1 = 0`,
    DELETE: (relation) => `DELETE FROM ${relation}`,
    TRUNCATE: (relation) => `TRUNCATE TABLE ${relation}`,
  },
};

/** Rolls back what succeeded. */
class Undo extends Error {}

/** Runs each statement alone; its outcome is `done`, `refused`, or an error text. */
export const ATTEMPT: PerEngine<(db: Database, statements: readonly string[]) => Promise<readonly string[]>> = {
  pg: async ({ knex }, statements) => {
    const outcomes: string[] = [];
    const session = await knex.client.acquireConnection();
    try {
      await session.query('BEGIN');
      for (const sql of statements) {
        await session.query('SAVEPOINT attempt');
        const outcome: Promise<string> = session.query(sql).then(
          () => 'done',
          ({ code }: { code: string }) => (code === '42501' ? 'refused' : code),
        );
        outcomes.push(await outcome);
        await session.query('ROLLBACK TO attempt');
      }
      await session.query('ROLLBACK');
    } finally {
      await knex.client.releaseConnection(session);
    }
    return outcomes;
  },
  oracledb: async (db, statements) => {
    const outcomes: string[] = [];
    const work = inTransaction(db, async ({ oracle }) => {
      for (const sql of statements) {
        const outcome = oracle.execute(sql).then(
          () => 'done',
          // without any right on a table Oracle does not reveal that it exists
          ({ message }: Error) => (/ORA-(00942|01031|41900)/.test(message) ? 'refused' : message),
        );
        outcomes.push(await outcome);
      }
      throw new Undo();
    });
    await work.catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
    return outcomes;
  },
};

/** Statements that no account of the bridge may run. */
export const FORBIDDEN: PerEngine<(schema: string) => readonly string[]> = {
  pg: () => [
    'CREATE TABLE mine (x int)',
    'CREATE TEMPORARY TABLE mine (x int)',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE SCHEMA mine',
    'CREATE ROLE mine',
    'ALTER TABLE sm_send_t DISABLE TRIGGER ALL',
    'DROP VIEW v_send_t_log',
    'SET session_replication_role = replica',
    'SELECT sm_send_t_fill_in()',
    'SELECT lo_create(0)',
    'SELECT lo_creat(-1)',
    `SELECT lo_from_bytea(0, 'x')`,
  ],
  oracledb: (schema) => [
    'CREATE TABLE MINE (X NUMBER(1))',
    'CREATE VIEW MINE AS SELECT 1 AS X FROM DUAL',
    'CREATE SEQUENCE MINE',
    'CREATE SYNONYM MINE FOR DUAL',
    'CREATE ROLE MINE',
    'CREATE USER MINE IDENTIFIED BY "x"',
    `ALTER TABLE ${schema}.SM_SEND_T DISABLE ALL TRIGGERS`,
    `DROP VIEW ${schema}.V_SEND_T_LOG`,
    `DROP TABLE ${schema}.SM_SEND_T`,
    `GRANT SELECT ON ${schema}.SM_SEND_T TO PUBLIC`,
  ],
};

/** The owner of the tables. */
export const SCHEMA: PerEngine<(url: string) => string> = {
  pg: () => 'public',
  oracledb: (url) => new URL(url).username,
};
