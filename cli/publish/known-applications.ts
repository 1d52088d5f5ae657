import { toApplications } from '../../shared/accounts/application-directory';
import { loadAccounts } from '../../shared/accounts/load-accounts';
import type { CharacterSet } from '../../shared/sms/character-set';
import type { SendingApplication } from '../../shared/sms/validate-send';
import { loadDatabaseSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';

/** What is known of an application: undefined = there is none. */
export type FindApplication = (appId: string) => SendingApplication | undefined;

const ANY: SendingApplication = { extCode: null, enabled: true };

/** For somebody without access to the database: every application is believed, the relay will judge. */
export const believeApplications: FindApplication = () => ANY;

/** Reads who is registered, and what the database can hold. @throws BridgeError DB_… */
export const readApplications = async (
  env: NodeJS.ProcessEnv,
): Promise<{ readonly find: FindApplication; readonly characterSet?: CharacterSet }> =>
  withDatabase(loadDatabaseSettings(env), async (db) => {
    const applications = toApplications(await loadAccounts(db, false));
    return { find: (appId) => applications.get(appId), characterSet: await db.characterSet() };
  });
