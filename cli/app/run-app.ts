import type { Role } from '../../shared/accounts/load-accounts';
import { rotateKey, setEnabled } from '../accounts/change-account';
import type { NewAccount } from '../accounts/check-account';
import { createDatabaseLogin, createPassword } from '../accounts/database-login';
import { listAccounts } from '../accounts/list-accounts';
import { toDatabaseRole } from '../accounts/login';
import { registerAccount, removeAccount } from '../accounts/register-account';
import { loadClock } from '../connect/load-clock';
import { loadDatabaseSettings } from '../connect/settings';
import { withDatabase } from '../connect/with-database';
import { toTable } from '../output/to-table';
import type { CliContext, Run } from '../run-action';
import { expectOk } from './expect-ok';
import { toLimitsText } from './run-app-set';
import { toNextSteps } from './to-next-steps';

export type AppAddArguments = {
  readonly app?: string;
  readonly extCode?: string;
  readonly role: Role;
  readonly login?: boolean;
  readonly connections: number;
};

const sayOnce = ({ output }: CliContext, what: string, secret: string): void => {
  output.say(`${what}, shown only once:\n  ${output.colours.bold(secret)}`);
};

/**
 * Runs `sms-bridge app add`: registers an account and prints its API key; with `--login`, also
 * creates a database login and prints its password.
 * @throws BridgeError codes of AccountProblem, LOGIN_…, CONFIG_INVALID, DB_…
 */
export const runAppAdd: Run<AppAddArguments> = async (
  context,
  { app, extCode, role, login, connections },
  [name = ''],
) => {
  const { output, env } = context;
  const account: NewAccount = {
    username: name,
    appId: app ?? (role === 'application' ? name : null),
    extCode: extCode ?? null,
    role,
  };
  const password = login ? createPassword() : undefined;
  const { key, username, engine } = await withDatabase(loadDatabaseSettings(env), async (db) => {
    const registered = expectOk(await registerAccount(db, account));
    const known = { ...registered, engine: db.engine };
    if (password === undefined) return known;
    try {
      await createDatabaseLogin(db, {
        username: registered.username,
        password,
        role: toDatabaseRole(role),
        connections,
      });
    } catch (error) {
      // The key has not been shown: without this, an account would stay whose key no user knows.
      await removeAccount(db, registered.username);
      throw error;
    }
    return known;
  });
  const secrets = { ...(key === null ? {} : { key }), ...(password === undefined ? {} : { password }) };
  if (output.json) output.emit({ ...account, username, ...secrets }, () => '');
  const details = [account.appId && `application ${account.appId}`, extCode && `extension ${extCode}`, role];
  output.say(`registered ${username} (${details.filter(Boolean).join(', ')})`);
  if (key !== null) sayOnce(context, 'API key', key);
  if (password !== undefined) sayOnce(context, `password of the database login ${username}`, password);
  output.say(toNextSteps({ engine, env, username, key, login: password !== undefined }));
  return undefined;
};

export const runAppList: Run<object> = async ({ env, output }) => {
  const clock = loadClock(env);
  const accounts = await withDatabase(loadDatabaseSettings(env), listAccounts);
  if (output.json) {
    for (const account of accounts) output.emit(account, () => '');
  } else if (accounts.length === 0) {
    output.say('no account is registered yet: `sms-bridge app add <account>`');
  } else {
    const rows = accounts.map(({ username, appId, extCode, role, enabled, hasKey, keyRotatedAt, ...limits }) => [
      username,
      appId ?? '-',
      extCode ?? '-',
      role,
      enabled ? 'enabled' : 'disabled',
      hasKey && keyRotatedAt !== null ? clock.show(keyRotatedAt).slice(0, 16) : hasKey ? 'yes' : 'none',
      toLimitsText(limits) || '-',
    ]);
    output.say(
      toTable(
        ['ACCOUNT', 'APPLICATION', 'EXTENSION', 'ROLE', 'STATE', `KEY OF (${clock.zone})`, 'LIMITS'],
        rows,
        output,
      ),
    );
  }
  return undefined;
};

export const runRotateKey: Run<object> = async (context, _options, [username = '']) => {
  const { env, output } = context;
  const { key } = expectOk(await withDatabase(loadDatabaseSettings(env), (db) => rotateKey(db, username)));
  if (output.json) output.emit({ username, key }, () => '');
  else sayOnce(context, `new API key of ${username}`, key);
  return undefined;
};

const change =
  (enabled: boolean): Run<object> =>
  async ({ env, output }, _options, [username = '']) => {
    expectOk(await withDatabase(loadDatabaseSettings(env), (db) => setEnabled(db, username, enabled)));
    output.emit({ username, enabled }, () => `${username} is ${enabled ? 'enabled' : 'disabled'}`);
    return undefined;
  };

export const runDisable: Run<object> = change(false);

export const runEnable: Run<object> = change(true);
