import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { accountStatements, type DbaOptions, dbaStatements, quotaStatement } from '../../migrations/oracle/oracle-dba';
import { toDatabaseSettings } from '../../shared/config/database-variables';
import type { Database, DatabaseSettings } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { BridgeError, isRetryable, messageOf } from '../../shared/errors';
import { pause } from '../../shared/timing/pause';
import { retryWhile } from '../../shared/timing/retry';
import { loadDatabaseSettings } from '../connect/settings';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { lackingQuotas, runAsDba } from './dba-steps';
import { installNeeds, judgeServer, judgeStanding } from './judge-server';
import { lookAtServer, lookAtStanding, type ServerFacts, type Standing } from './look-at-server';
import { migrateAsOwner, type Report, tryLogin } from './migrate-as-owner';
import { readPasswords } from './read-passwords';
import { type Installation, type OracleArguments, toInstallation } from './script-options';

export type InstallArguments = OracleArguments & { readonly passwords?: string; readonly wait: number };

const APPLICATION = 'sms-bridge-cli';
const RETRY = { minMs: 2_000, maxMs: 2_000 };

/**
 * Loads the settings and the name of the DBA's account. SYS is refused: it can log in only as
 * SYSDBA, which an address cannot express.
 * @throws BridgeError USAGE, CONFIG_INVALID
 */
export const toDbaSettings = (env: NodeJS.ProcessEnv): { settings: DatabaseSettings; account: string } => {
  const settings = toDatabaseSettings(loadDatabaseSettings(env), APPLICATION);
  const url = URL.canParse(settings.url) ? new URL(settings.url) : undefined;
  if (url?.protocol !== 'oracle:') throw usageError('--database must be oracle://account@host:port/service');
  const account = decodeURIComponent(url.username).toUpperCase();
  if (account === 'SYS') throw usageError('SYS can log in as SYSDBA only: use SYSTEM, or another DBA');
  return { settings, account };
};

const withAccount = ({ url, ...settings }: DatabaseSettings, account: string, password: string): DatabaseSettings => {
  const own = Object.assign(new URL(url), { username: account, password: '' });
  return { ...settings, url: own.href, password };
};

/**
 * Loads the standing. While a starting server does not answer yet, retries for `seconds` at most.
 * @throws BridgeError DB_…
 */
const lookWhenReady = (dba: Database, { output, signal }: CliContext, seconds: number): Promise<Standing> => {
  const until = performance.now() + seconds * 1000;
  const retryable = (error: unknown): boolean => isRetryable(error) && performance.now() <= until && !signal.aborted;
  const onRetry = (error: unknown, failures: number): void => {
    if (failures === 1) output.note(`waiting for the server: ${messageOf(error)}`);
  };
  return retryWhile({ retryable, onRetry, backoff: RETRY, signal, pause }, () => lookAtStanding(dba));
};

export const refuse = (problems: readonly string[]): void => {
  if (problems.length > 0) throw new BridgeError('INSTALL_REFUSED', problems.join('\n  '));
};

/** Returns the schemas of exchange tables that are configured with one, in upper case. Pure. */
export const schemasOf = ({ mapping }: Installation): readonly string[] =>
  Object.values(mapping.tables).flatMap((table) => (table.includes('.') ? [table.split('.')[0]!.toUpperCase()] : []));

type Work = {
  readonly context: CliContext;
  readonly dba: Database;
  readonly settings: DatabaseSettings;
  readonly account: string;
  readonly directory: string;
  readonly wanted: Installation;
};

type OwnerWork = {
  readonly dba: Database;
  readonly options: DbaOptions;
  readonly password: string;
  readonly isNew: boolean;
  readonly facts: ServerFacts;
  readonly report: Report;
};

/** Creates the tablespaces and the owner, or gives an existing owner the quotas that it lacks. */
const createOwner = async ({ dba, options, password, isNew, facts, report }: OwnerWork): Promise<void> => {
  const { owner } = options;
  for (const text of dbaStatements(options)) {
    const made = await runAsDba(dba, [text], password, facts.present);
    const [, space] = /^CREATE TABLESPACE (\S+)/.exec(text) ?? [];
    if (space === undefined) continue;
    if (made.length > 0) report('tablespace', space, 'created', `tablespace ${space}: created`);
    else report('tablespace', space, 'there', `tablespace ${space}: exists`);
  }
  if (isNew) return report('owner', owner, 'created', `owner ${owner}: created`);
  const lacking = lackingQuotas(options, facts.present);
  const kept = `owner ${owner}: exists, and keeps its password`;
  if (lacking.length === 0) return report('owner', owner, 'there', `${kept} and its quotas`);
  await runAsDba(dba, [quotaStatement(owner, lacking)]);
  report('owner', owner, 'completed', `${kept}; now has a quota on ${lacking.join(', ')}`);
};

const install = async ({ context, dba, settings, account, directory, wanted }: Work, wait: number): Promise<void> => {
  const { options, accounts, mapping } = wanted;
  const { owner } = options;
  const { output } = context;
  const report: Report = (step, name, result, text) =>
    output.emit({ step, name, result }, () => `${output.colours.green('✓')} ${text}`);

  const standing = await lookWhenReady(dba, context, wait);
  const needs = installNeeds(
    options.tablespaces,
    accounts.some(({ ownTables }) => ownTables === true),
  );
  refuse(judgeStanding(standing, needs, account));
  const facts = await lookAtServer(dba, {
    owner,
    accounts: accounts.map((one) => one.account),
    roles: rolesOf(mapping),
  });
  refuse(judgeServer(facts, { owner, accounts, schemas: schemasOf(wanted) }));
  const isNew = (name: string): boolean => !facts.accounts.has(name);
  const passwords = readPasswords(
    directory,
    [
      { account: owner, isOwner: true },
      ...accounts.filter((one) => isNew(one.account)).map((one) => ({ account: one.account, isOwner: false })),
    ],
    standing.version,
  );
  const passwordOf = (name: string): string => passwords.get(name) ?? '';
  const dbaOptions: DbaOptions = {
    ...options,
    defaultTablespace: options.defaultTablespace ?? facts.defaultTablespace,
  };
  const openOwner = (): Database => openDatabase(withAccount(settings, owner, passwordOf(owner)));

  // Before the first change, so that a wrong password changes nothing.
  if (!isNew(owner)) await tryLogin(openOwner, owner);

  await createOwner({ dba, options: dbaOptions, password: passwordOf(owner), isNew: isNew(owner), facts, report });
  await migrateAsOwner({ dba, openOwner, owner, wanted, options: dbaOptions, report });

  for (const one of accounts) {
    const made = await runAsDba(
      dba,
      accountStatements(one, dbaOptions, mapping),
      passwordOf(one.account),
      facts.present,
    );
    const result = isNew(one.account) ? 'created' : made.length > 0 ? 'completed' : 'there';
    const words = {
      created: 'created',
      completed: 'exists, and keeps its password; missing rights or synonyms were added',
      there: 'exists, and keeps its password',
    };
    report('account', one.account, result, `account ${one.account} with ${one.role}: ${words[result]}`);
  }
};

export const runOracleInstall: Run<InstallArguments> = async (context, given) => {
  const { passwords: directory, wait } = given;
  if (directory === undefined)
    throw usageError('give --passwords, a directory with a password file for each account (sms-bridge oracle --help)');
  const wanted = toInstallation(given, context.env);
  const { settings, account } = toDbaSettings(context.env);
  const dba = openDatabase(settings);
  try {
    await install({ context, dba, settings, account, directory, wanted }, wait);
  } finally {
    await dba.close();
  }
  context.output.note('installed; check it by `sms-bridge doctor` with the account of the owner and of each service');
  return EXIT.ok;
};
