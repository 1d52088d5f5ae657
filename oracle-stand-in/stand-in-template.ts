import { templateOf } from '../test/support/database-template';
import { openOracleServer } from './open-oracle-server';

/** The database behind a stand-in in which nobody has an account yet, to make copies of: its catalog takes PostgreSQL half a second. */
export const standInTemplate = (characterSet = 'AL32UTF8'): Promise<string> =>
  templateOf(['stand-in', characterSet], async (postgresUrl) => {
    await (await openOracleServer({ postgresUrl, characterSet, users: {} })).close();
  });
