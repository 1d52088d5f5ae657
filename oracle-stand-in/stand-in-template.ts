import { templateOf } from '../test/support/database-template';
import { openOracleServer } from './open-oracle-server';

/**
 * Returns a database for a stand-in without accounts, as a template for copies: creating its
 * catalog takes PostgreSQL half a second.
 */
export const standInTemplate = (characterSet = 'AL32UTF8'): Promise<string> =>
  templateOf(['stand-in', characterSet], async (postgresUrl) => {
    await (await openOracleServer({ postgresUrl, characterSet, users: {} })).close();
  });
