import { isSupportedCountry } from 'libphonenumber-js/min';
import { rolesOf } from '../../migrations/0002-access/access-oracle';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { usageError } from '../report-error';
import type { AccountArgument } from './oracle-arguments';
import type { ScriptOptions } from './to-script';

export type OracleArguments = {
  readonly owner: string;
  readonly account: readonly AccountArgument[];
  readonly ownTables: readonly string[];
  readonly tablespaces: string;
  readonly logPartitions: string;
  readonly answersInDatabase: string;
  readonly country: string;
  readonly defaultTablespace?: string;
  readonly datafiles?: string;
  readonly size: string;
};

/** The content of an installation or a script. Without `defaultTablespace` the server's is used. */
export type Installation = {
  readonly options: Omit<ScriptOptions, 'defaultTablespace'> & { readonly defaultTablespace?: string };
  readonly accounts: readonly AccountArgument[];
  readonly mapping: ExchangeMapping;
};

const isOn = (option: string, value: string): boolean => {
  if (!['on', 'off'].includes(value)) throw usageError(`${option} must be on or off`);
  return value === 'on';
};

const checkAccounts = (
  { owner, account, ownTables }: OracleArguments,
  roles: readonly string[],
): readonly AccountArgument[] => {
  const unknown = account.find(({ role }) => !roles.includes(role));
  if (unknown !== undefined)
    throw usageError(`--account: there is no role ${unknown.role}; there are ${roles.join(', ')}`);
  const given = account.map((one) => one.account);
  const twice = [owner, ...given].find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined) throw usageError(`--account: ${twice} is given twice, or is the owner's name too`);
  const unlisted = ownTables.find((name) => !given.includes(name));
  if (unlisted !== undefined)
    throw usageError(`--own-tables: ${unlisted} must also be given as --account ${unlisted}:ROLE`);
  return account.map((one) => (ownTables.includes(one.account) ? { ...one, ownTables: true } : one));
};

export const toInstallation = (given: OracleArguments, env: NodeJS.ProcessEnv): Installation => {
  const { owner, tablespaces, logPartitions, answersInDatabase, country, defaultTablespace, datafiles, size } = given;
  const switches = {
    tablespaces: isOn('--tablespaces', tablespaces),
    logPartitions: isOn('--log-partitions', logPartitions),
    answersInDatabase: isOn('--answers-in-database', answersInDatabase),
  };
  if (!isSupportedCountry(country)) throw usageError('--country must be an ISO 3166 code such as CN');
  if (datafiles?.includes("'") || datafiles?.includes('&')) throw usageError("--datafiles must not contain ' or &");
  const mapping = loadExchangeMapping(env.EXCHANGE_FILE);
  return {
    options: {
      owner,
      ...switches,
      country,
      size,
      ...(defaultTablespace === undefined ? {} : { defaultTablespace }),
      ...(datafiles === undefined ? {} : { datafiles }),
    },
    accounts: checkAccounts(given, rolesOf(mapping)),
    mapping,
  };
};
