import { rolesOf } from '../../migrations/0002-access-oracle';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import type { AccountArgument } from './oracle-arguments';
import { type ScriptPart, toScript } from './to-script';

export type OracleArguments = {
  readonly owner: string;
  readonly account: readonly AccountArgument[];
  readonly tablespaces: string;
  readonly logPartitions: string;
  readonly defaultTablespace: string;
  readonly datafiles?: string;
  readonly size: string;
};

const print = (context: CliContext, part: ScriptPart, given: OracleArguments): undefined => {
  const { owner, account, tablespaces, logPartitions, defaultTablespace, datafiles, size } = given;
  if (!['on', 'off'].includes(tablespaces)) throw usageError('--tablespaces must be on or off');
  if (!['on', 'off'].includes(logPartitions)) throw usageError('--log-partitions must be on or off');
  if (datafiles?.includes("'") || datafiles?.includes('&')) throw usageError("--datafiles must not contain ' or &");
  const names = loadExchangeNames(context.env.EXCHANGE_FILE);
  const roles = rolesOf(names);
  const unknown = account.find(({ role }) => !roles.includes(role));
  if (unknown !== undefined)
    throw usageError(`--account: there is no role ${unknown.role}; there are ${roles.join(', ')}`);
  if (part === 'accounts' && account.length === 0) throw usageError('give at least one --account NAME:ROLE');
  const options = {
    owner,
    tablespaces: tablespaces === 'on',
    logPartitions: logPartitions === 'on',
    defaultTablespace,
    size,
    ...(datafiles === undefined ? {} : { datafiles }),
  };
  const script = toScript(part, options, account, names);
  context.output.emit({ part, script }, () => script.trimEnd());
};

/** `sms-bridge oracle script` */
export const runOracleScript: Run<OracleArguments> = async (context, options, [part = '']) => {
  if (part !== 'dba' && part !== 'owner' && part !== 'accounts')
    throw usageError('the part must be dba, owner or accounts');
  return print(context, part, options);
};

/** `sms-bridge oracle uninstall` */
export const runOracleUninstall: Run<OracleArguments> = async (context, options) =>
  print(context, 'uninstall', options);
