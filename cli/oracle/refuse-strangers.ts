import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import { BridgeError } from '../../shared/errors';

type Owners = { readonly account: string; readonly owners: readonly string[] };

/** Loads the owners of SM_SEND_T that this account sees. A DBA sees those of all schemas. */
const readOwners = async ({ oracle }: Database): Promise<Owners> => {
  const self = await oracle.execute<{ account: string }>(
    `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT FROM DUAL`,
  );
  const { rows } = await oracle.execute<{ owner: string }>(
    `SELECT OWNER FROM ALL_TABLES WHERE TABLE_NAME = 'SM_SEND_T'`,
  );
  return { account: self.rows[0]?.account ?? '?', owners: rows.map(({ owner }) => owner) };
};

/**
 * Returns another account that owns the bridge's tables; undefined when the session's account owns
 * them itself or sees no owner.
 * @throws BridgeError DB_…
 */
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
    const advice =
      owner === undefined ? 'log in as an account that is to own them' : `they are ${owner}'s, so log in as ${owner}`;
    throw new BridgeError(
      'INSTALL_REFUSED',
      `${account} is not the owner of the tables: ${advice}; for a DBA's account there is \`sms-bridge oracle install\``,
    );
  },
};

/**
 * Refuses to migrate with an account that is not the owner. Unqualified names belong to the
 * session's schema, and a DBA could create the tables anywhere.
 * @throws BridgeError INSTALL_REFUSED, DB_…
 */
export const refuseStrangers = (db: Database): Promise<void> => forEngine(db.engine, REFUSE)(db);
