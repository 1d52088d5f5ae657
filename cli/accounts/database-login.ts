import { randomBytes } from 'node:crypto';
import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { BridgeError } from '../../shared/errors';
import { createLoginOnOracle, dropLoginOnOracle } from './database-login-oracle';
import type { CreateDatabaseLogin, DropDatabaseLogin, NewLogin } from './login';

/**
 * Limit for a transaction left idle, for example by a person who forgot to commit. The relay waits
 * for an uncommitted row when the same MESSAGE_ID also arrives through Kafka.
 */
const FORGOTTEN_TRANSACTION = '60s';

/**
 * Returns a random password of 28 characters that both engines accept: 120 random bits, then two
 * upper-case letters, two lower-case letters, two digits and two special characters. These are the
 * demands of Oracle's ora12c_strong_verify_function, which also allows at most 30 characters.
 */
export const createPassword = (): string => `${randomBytes(15).toString('base64url')}Ab-Cd_12`;

const createOnPostgres =
  (db: Database): CreateDatabaseLogin =>
  async ({ username, password, role, connections = -1 }) => {
    await inTransaction(db, async ({ query }) => {
      const { rowCount } = await query('SELECT 1 FROM pg_roles WHERE rolname = $1', [username]);
      if (rowCount > 0)
        throw new BridgeError(
          'LOGIN_EXISTS',
          `the server already has a login ${username}: GRANT ${role} TO it, or choose another name`,
        );
      // These statements take no bind variables, so the server builds their texts and quotes the
      // values.
      const { rows } = await query<{ texts: string[] }>(
        `SELECT ARRAY[format('CREATE ROLE %I LOGIN CONNECTION LIMIT %s IN ROLE %I', $1::text, $5::int, $2::text),
                      format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', $1::text, $4::text),
                      format('ALTER ROLE %I PASSWORD %L', $1::text, $3::text)] AS texts`,
        [username, role, password, FORGOTTEN_TRANSACTION, connections],
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
 * Creates a database login in one of the platform's roles.
 * On PostgreSQL the account needs CREATEROLE and must have created that role, or be a superuser. On
 * Oracle the account is the owner of the tables, with CREATE USER, DROP USER, CREATE ANY SYNONYM,
 * and CREATE SESSION with ADMIN OPTION.
 * @throws BridgeError LOGIN_EXISTS, LOGIN_INVALID, LOGIN_INCOMPLETE, DB_DENIED, DB_…
 */
export const createDatabaseLogin = (db: Database, login: NewLogin): Promise<void> =>
  forEngine(db.engine, STATEMENTS).create(db)(login);

/**
 * Drops a login; the rows that it wrote stay. A login that does not exist is no error. PostgreSQL
 * refuses while the login owns objects; Oracle drops its objects with it.
 * @throws BridgeError DB_…
 */
export const dropDatabaseLogin = (db: Database, username: string): Promise<void> =>
  forEngine(db.engine, STATEMENTS).drop(db)(username);
