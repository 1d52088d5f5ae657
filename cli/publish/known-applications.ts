import { toApplications } from '../../shared/accounts/application-directory';
import { loadAccounts } from '../../shared/accounts/load-accounts';
import type { CharacterSet } from '../../shared/sms/character-set';
import type { SendingApplication } from '../../shared/sms/validate-send';
import { loadDatabaseSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';

export type FindApplication = (appId: string) => SendingApplication | undefined;

const ANY: SendingApplication = { extCode: null, enabled: true };

/** Accepts every application, for use without a database; the relay validates later. */
export const believeApplications: FindApplication = () => ANY;

/**
 * Loads the registered applications and the database's character set.
 * @throws BridgeError CONFIG_INVALID, DB_…
 */
export const readApplications = async (
  env: NodeJS.ProcessEnv,
): Promise<{ readonly find: FindApplication; readonly characterSet?: CharacterSet }> =>
  withDatabase(loadDatabaseSettings(env), async (db) => {
    const applications = toApplications(await loadAccounts(db, false));
    return { find: (appId) => applications.get(appId), characterSet: await db.characterSet() };
  });
