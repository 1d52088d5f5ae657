import { BridgeError } from '../errors';
import { type CharacterSet, oracleCharacterSet, toUnicodeSet } from '../sms/character-set';
import type { Database } from './database';

const refused = (name: string, advice: string): BridgeError =>
  new BridgeError('DB_SETTINGS', `the database's character set is ${name}, which would alter texts: ${advice}`);

/**
 * Returns the set that `SELECT VALUE FROM NLS_DATABASE_PARAMETERS …` names.
 * @throws BridgeError DB_SETTINGS for a set that the bridge does not know
 */
export const toOracleSet = (name: string): CharacterSet => {
  const set = oracleCharacterSet(name);
  if (set !== undefined) return set;
  throw refused(
    name,
    'a DBA makes a pluggable database with AL32UTF8 for the bridge, or changes this one to it (Database Migration Assistant for Unicode); ZHS16GBK and ZHS32GB18030 work too, without the characters that they do not have',
  );
};

/**
 * Returns the set that `SHOW server_encoding` names.
 * @throws BridgeError DB_SETTINGS for any other than UTF8
 */
export const toPostgresSet = (name: string): CharacterSet => {
  if (name === 'UTF8') return toUnicodeSet(name);
  throw refused(
    name,
    `make another one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL`,
  );
};

/**
 * Refuses to start a service on a database in which texts would be changed. Ignores other errors:
 * the first statement of the service reports an unavailable database.
 * @throws BridgeError DB_SETTINGS
 */
export const refuseCharacterSet = async (db: Pick<Database, 'characterSet'>): Promise<void> => {
  try {
    await db.characterSet();
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'DB_SETTINGS' && !error.retryable) throw error;
  }
};
