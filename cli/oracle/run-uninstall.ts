import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { openDatabase } from '../../shared/database/open-database';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { takeAway } from './dba-steps';
import { judgeServer, judgeStanding, uninstallNeeds } from './judge-server';
import { lookAtServer, lookAtStanding, sessionsOf } from './look-at-server';
import { refuse, schemasOf, toDbaSettings } from './run-install';
import { printScript } from './run-oracle';
import { type OracleArguments, toInstallation } from './script-options';

export type UninstallArguments = OracleArguments & { readonly yes?: boolean; readonly database?: string };

const uninstall = async (context: CliContext, given: OracleArguments): Promise<number> => {
  const wanted = toInstallation(given, context.env);
  const { options, accounts, mapping } = wanted;
  const { settings, account } = toDbaSettings(context.env);
  const { output } = context;
  const dba = openDatabase(settings);
  try {
    refuse(judgeStanding(await lookAtStanding(dba), uninstallNeeds(options.tablespaces), account));
    const all = accounts.map((one) => one.account);
    const facts = await lookAtServer(dba, { owner: options.owner, accounts: all, roles: rolesOf(mapping) });
    refuse(judgeServer(facts, { owner: options.owner, accounts, schemas: schemasOf(wanted) }));
    const busy = await sessionsOf(dba, [options.owner, ...all]);
    refuse(busy.length === 0 ? [] : [`${busy.join(', ')} have sessions: stop the services first`]);
    const complete = { ...options, defaultTablespace: options.defaultTablespace ?? facts.defaultTablespace };
    const removals = await takeAway(dba, complete, accounts, mapping);
    for (const { statement, result, why } of removals) {
      const mark = result === 'failed' ? output.colours.red('✗') : output.colours.green('✓');
      const words = result === 'done' ? '' : `: ${why ?? 'does not exist'}`;
      output.emit({ statement, result, ...(why === undefined ? {} : { why }) }, () => `${mark} ${statement}${words}`);
    }
    return removals.some(({ result }) => result === 'failed') ? EXIT.failed : EXIT.ok;
  } finally {
    await dba.close();
  }
};

/**
 * Runs `sms-bridge oracle uninstall`: prints the script, or with `--database` removes the
 * installation.
 * @throws BridgeError USAGE, CONFIG_INVALID, INSTALL_REFUSED, DB_…
 */
export const runOracleUninstall: Run<UninstallArguments> = async (context, given) => {
  const { yes = false, database } = given;
  if (database === undefined) {
    if (yes) throw usageError('--yes needs --database; without it a script is printed');
    return printScript(context, 'uninstall', given);
  }
  if (!yes) throw usageError('this deletes the schema and all messages: add --yes to confirm');
  return uninstall(context, given);
};
