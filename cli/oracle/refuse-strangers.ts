import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';

type Owners = { readonly account: string; readonly owners: readonly string[] };

/** Whose tables of the bridge this account sees: a DBA sees everybody's. */
const readOwners = async ({ oracle }: Database): Promise<Owners> => {
  const self = await oracle.execute<{ account: string }>(
    `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT FROM DUAL`,
  );
  const { rows } = await oracle.execute<{ owner: string }>(
    `SELECT OWNER FROM ALL_TABLES WHERE TABLE_NAME = 'SM_SEND_T'`,
  );
  return { account: self.rows[0]?.account ?? '?', owners: rows.map(({ owner }) => owner) };
};

/** The owner, where this account is not the one and has no tables of its own; undefined where nobody's are seen. @throws BridgeError DB_… */
export const findOtherOwner = async (db: Database): Promise<string | undefined> => {
  const { account, owners } = await readOwners(db);
  return owners.includes(account) ? undefined : owners[0];
};

const REFUSE: PerEngine<(db: Database) => Promise<void>> = {
  pg: async () => undefined,
  oracledb: async (db) => {
    const { account, owners } = await readOwners(db);
    const [owner] = owners;
    if (owners.includes(account) || (owner === undefined && !['SYS', 'SYSTEM'].includes(account))) return;
    const as =
      owner === undefined ? 'log in as an account that is to own them' : `they are ${owner}'s, so log in as ${owner}`;
    throw new BridgeError(
      'INSTALL_REFUSED',
      `${account} is not the owner of the tables: ${as}; for a DBA's account there is \`sms-bridge oracle install\``,
    );
  },
};

/** Before migrations: names without an owner's are the session's, and a DBA may create tables anywhere. @throws BridgeError INSTALL_REFUSED, DB_… */
export const refuseStrangers = (db: Database): Promise<void> => forEngine(db.engine, REFUSE)(db);
