import { randomBytes } from 'node:crypto';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { BridgeError } from '../../shared/errors';
import { createLoginOnOracle, dropLoginOnOracle } from './database-login-oracle';
import type { CreateDatabaseLogin, DropDatabaseLogin, NewLogin } from './login';

/** People forget to commit. A row of theirs that stays open would keep the relay waiting when the same MESSAGE_ID also comes through Kafka. */
const FORGOTTEN_TRANSACTION = '60s';

/**
 * A password that every server takes: 30 bytes are the most that Oracle knows, and its usual rules want two each of capital and small letters, digits
 * and signs. Before those are 120 random bits.
 */
export const createPassword = (): string => `${randomBytes(15).toString('base64url')}Ab-Cd_12`;

const createOnPostgres =
  (db: Database): CreateDatabaseLogin =>
  async ({ username, password, role }) => {
    await inTransaction(db, async ({ query }) => {
      const { rowCount } = await query('SELECT 1 FROM pg_roles WHERE rolname = $1', [username]);
      if (rowCount > 0)
        throw new BridgeError(
          'LOGIN_EXISTS',
          `the server already has a login ${username}: GRANT ${role} TO it, or take another name`,
        );
      // such statements take no bound values, so the server itself writes their texts, with names and literals quoted
      const { rows } = await query<{ texts: string[] }>(
        `SELECT ARRAY[format('CREATE ROLE %I LOGIN IN ROLE %I', $1::text, $2::text),
                      format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', $1::text, $4::text),
                      format('ALTER ROLE %I PASSWORD %L', $1::text, $3::text)] AS texts`,
        [username, role, password, FORGOTTEN_TRANSACTION],
      );
      for (const text of rows[0]!.texts) await query(text);
    });
  };

type LoginStatements = {
  readonly create: (db: Database) => CreateDatabaseLogin;
  readonly drop: (db: Database) => DropDatabaseLogin;
};

const STATEMENTS: PerEngine<LoginStatements> = {
  pg: {
    create: createOnPostgres,
    drop: (db) => async (username) => {
      await db.knex.raw('DROP ROLE IF EXISTS ??', [username]);
    },
  },
  oracledb: { create: createLoginOnOracle, drop: dropLoginOnOracle },
};

/**
 * Creates a database login in one of the platform's roles. On PostgreSQL that needs CREATEROLE, and to be who created that role (or a superuser); on Oracle
 * it is done by the owner of the tables, who needs CREATE USER, DROP USER, CREATE ANY SYNONYM, and CREATE SESSION with ADMIN OPTION.
 */
export const createDatabaseLogin = (db: Database, login: NewLogin): Promise<void> =>
  forEngine(db.engine, STATEMENTS).create(db)(login);

/** Drops a login; its rows stay. Not while it owns anything. @throws BridgeError DB_… */
export const dropDatabaseLogin = (db: Database, username: string): Promise<void> =>
  forEngine(db.engine, STATEMENTS).drop(db)(username);
