import type { AccountLimits } from '../../shared/accounts/load-accounts';
import { limitConnections } from '../accounts/limit-connections';
import { type ListedAccount, listAccounts } from '../accounts/list-accounts';
import { setLimits, unknownApplication } from '../accounts/set-limits';
import { loadDatabaseSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';
import { usageError } from '../report-error';
import type { Run } from '../run-action';
import { expectOk } from './expect-ok';

/** A limit of 0 is the producer's default. */
export type AppSetArguments = Partial<Record<keyof AccountLimits | 'connections', number>>;

const LABELS = {
  rateMessages: 'messages/s',
  rateBytes: 'bytes/s',
  maxPending: 'pending',
} as const satisfies Record<keyof AccountLimits, string>;

const NAMES = Object.keys(LABELS) as (keyof AccountLimits)[];

const DEFAULTS = 'the defaults of the producer';

/** Returns the limits that are not the service's default, in one line; empty if there are none. */
export const toLimitsText = (limits: AccountLimits): string =>
  NAMES.flatMap((name) => (limits[name] === null ? [] : [`${limits[name]} ${LABELS[name]}`])).join(', ');

const toAccountText = (account: ListedAccount): string => {
  const { username, extCode, role, enabled } = account;
  const parts = [role, extCode && `extension ${extCode}`, enabled ? 'enabled' : 'disabled'];
  return `${username}: ${parts.filter(Boolean).join(', ')}; ${toLimitsText(account) || DEFAULTS}`;
};

/**
 * Runs `sms-bridge app set`: changes the limits of an application and shows all of them.
 * @throws BridgeError USAGE, ACCOUNT_UNKNOWN, CONFIG_INVALID, DB_…
 */
export const runAppSet: Run<AppSetArguments> = async ({ env, output }, options, [appId = '']) => {
  const { connections } = options;
  if (connections === undefined && NAMES.every((name) => options[name] === undefined))
    throw usageError('nothing to set: give --rate-messages, --rate-bytes, --max-pending or --connections');
  const { logins, accounts } = await withDatabase(loadDatabaseSettings(env), async (db) => {
    expectOk(await setLimits(db, appId, options));
    return {
      logins: connections === undefined ? [] : await limitConnections(db, appId, connections),
      accounts: (await listAccounts(db)).filter((account) => account.appId === appId),
    };
  });
  const [limits] = accounts.map(({ rateMessages, rateBytes, maxPending }) => ({ rateMessages, rateBytes, maxPending }));
  output.emit({ appId, ...limits, logins }, () => `${appId}: ${toLimitsText(accounts[0]!) || DEFAULTS}`);
  if (connections !== undefined)
    output.say(
      logins.length === 0
        ? 'no account of it has a database login'
        : `${logins.join(', ')}: at most ${connections} sessions each`,
    );
  return undefined;
};

/**
 * Runs `sms-bridge app show`: an application's accounts and limits.
 * @throws BridgeError ACCOUNT_UNKNOWN, CONFIG_INVALID, DB_…
 */
export const runAppShow: Run<object> = async ({ env, output }, _options, [appId = '']) => {
  const accounts = (await withDatabase(loadDatabaseSettings(env), listAccounts)).filter(
    (account) => account.appId === appId,
  );
  if (accounts.length === 0) expectOk(unknownApplication(appId));
  for (const account of accounts) output.emit(account, () => toAccountText(account));
  return undefined;
};
