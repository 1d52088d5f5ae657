import type oracledb from 'oracledb';
import type { CharacterSet } from '../../sms/character-set';
import type { DatabaseSettings } from '../database';
import { toOracleSet } from '../read-character-set';
import type { OracleDriver } from './oracle-binds';

/**
 * By default Oracle sorts texts by the rules of the server's language but compares them by bytes.
 * The order of a page would then differ from that of its cursor, and no index on a text could be
 * used for sorting. By default DDL also fails at once while another session writes to the table
 * (ORA-00054); here it waits up to 30 s.
 */
const SESSION = 'ALTER SESSION SET NLS_SORT = BINARY NLS_COMP = BINARY DDL_LOCK_TIMEOUT = 30';

const CHARACTER_SET = `SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'`;

/**
 * Returns the names that V$SESSION shows: the service as program and module, the instance as
 * action, both as client identifier. Names are cut to the length that Oracle keeps.
 */
export const toSessionNames = (applicationName: string) => {
  const [module = '', ...instance] = applicationName.split(' ');
  return { module, action: instance.join(' ').slice(0, 64), clientId: applicationName.slice(0, 64) };
};

/** Prepares a session. Names cost no round trip: the driver sends them with a statement. */
export const prepareSession = async (connection: oracledb.Connection, settings: DatabaseSettings): Promise<void> => {
  const { module, action, clientId } = toSessionNames(settings.applicationName);
  connection.module = module;
  connection.action = action;
  connection.clientId = clientId;
  connection.callTimeout = settings.oracleCallTimeoutMs ?? settings.statementTimeoutMs;
  await connection.execute(SESSION);
};

/**
 * Creates a reader of the database's character set, which is asked once, on the first connection.
 * @throws BridgeError DB_SETTINGS, or the driver's error
 */
export const createSetReader = (driver: OracleDriver) => {
  let reading: Promise<CharacterSet> | undefined;
  const read = async (connection: oracledb.Connection): Promise<CharacterSet> => {
    const { rows = [] } = await connection.execute<[string]>(CHARACTER_SET, [], { outFormat: driver.OUT_FORMAT_ARRAY });
    return toOracleSet(String(rows[0]?.[0] ?? '?'));
  };
  return (connection: oracledb.Connection): Promise<CharacterSet> => {
    reading ??= read(connection).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
};
