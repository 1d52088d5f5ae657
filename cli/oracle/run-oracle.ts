import { isSupportedCountry } from 'libphonenumber-js/min';
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
  readonly answersInDatabase: string;
  readonly country: string;
  readonly defaultTablespace: string;
  readonly datafiles?: string;
  readonly size: string;
};

const PARTS = ['dba', 'owner', 'accounts', 'answers-on', 'answers-off'] as const satisfies readonly ScriptPart[];

const print = (context: CliContext, part: ScriptPart, given: OracleArguments): undefined => {
  const { owner, account, tablespaces, logPartitions, answersInDatabase, country, defaultTablespace, datafiles, size } =
    given;
  if (!['on', 'off'].includes(tablespaces)) throw usageError('--tablespaces must be on or off');
  if (!['on', 'off'].includes(logPartitions)) throw usageError('--log-partitions must be on or off');
  if (!['on', 'off'].includes(answersInDatabase)) throw usageError('--answers-in-database must be on or off');
  if (!isSupportedCountry(country)) throw usageError('--country must be an ISO 3166 code such as CN');
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
    answersInDatabase: answersInDatabase === 'on',
    country,
    defaultTablespace,
    size,
    ...(datafiles === undefined ? {} : { datafiles }),
  };
  const script = toScript(part, options, account, names);
  context.output.emit({ part, script }, () => script.trimEnd());
};

/** `sms-bridge oracle script` */
export const runOracleScript: Run<OracleArguments> = async (context, options, [part = '']) => {
  const known = PARTS.find((name) => name === part);
  if (known === undefined) throw usageError(`the part must be one of ${PARTS.join(', ')}`);
  return print(context, known, options);
};

/** `sms-bridge oracle uninstall` */
export const runOracleUninstall: Run<OracleArguments> = async (context, options) =>
  print(context, 'uninstall', options);
