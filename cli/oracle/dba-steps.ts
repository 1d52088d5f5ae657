import {
  type BusinessAccount,
  type DbaOptions,
  spacesOfOwner,
  uninstallStatements,
  withPassword,
} from '../../migrations/oracle/oracle-dba';
import type { Database } from '../../shared/database/database';
import { messageOf } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';

/** The effects that exist on the server, in the form that `effectsOf` returns. */
export type Present = ReadonlySet<string>;

/** Returns what a statement of `oracle script` creates, as the data dictionary names it. Pure. */
const effectsOf = (text: string): readonly string[] => {
  const [, kind, name] = /^CREATE (TABLESPACE|USER) (\S+)/.exec(text) ?? [];
  if (kind !== undefined) return [`${kind} ${name}`];
  const [, quota] = /^ALTER USER (\S+) .*QUOTA/.exec(text) ?? [];
  if (quota !== undefined) return [`QUOTA OF ${quota}`];
  const [, synonym, target] = /^CREATE OR REPLACE SYNONYM (\S+) FOR (\S+)/.exec(text) ?? [];
  if (synonym !== undefined) return [`SYNONYM ${synonym} FOR ${target}`];
  const [, rights, grantee] = /^GRANT (.+) TO (\S+)$/.exec(text) ?? [];
  return rights?.split(', ').map((right) => `${right} TO ${grantee}`) ?? [];
};

/** Tells whether all effects of a statement exist, so that it need not run. Pure. */
const isThere = (text: string, present: Present): boolean => {
  const effects = effectsOf(text);
  return effects.length > 0 && effects.every((effect) => present.has(effect));
};

/** Returns the tablespaces without a quota. A limited quota is kept: the DBA chose it. Pure. */
export const lackingQuotas = (options: DbaOptions, present: Present): readonly string[] =>
  present.has(`UNLIMITED TABLESPACE TO ${options.owner}`)
    ? []
    : spacesOfOwner(options).filter((name) => !present.has(`QUOTA OF ${options.owner} ON ${name}`));

/**
 * Runs statements of `oracle script` with a DBA's account and skips those whose effects exist.
 * Returns the statements that were run.
 * @throws BridgeError DB_…
 */
export const runAsDba = async (
  dba: Database,
  texts: readonly string[],
  password = '',
  present: Present = new Set(),
): Promise<readonly string[]> => {
  const wanted = texts.filter((text) => !isThere(text, present));
  for (const text of wanted) await dba.oracle.execute(withPassword(text, password));
  return wanted;
};

export const defaultTablespaceOf = async (dba: Database): Promise<string> => {
  const { rows } = await dba.oracle.execute<{ name: string }>(
    `SELECT PROPERTY_VALUE AS NAME FROM DATABASE_PROPERTIES WHERE PROPERTY_NAME = 'DEFAULT_PERMANENT_TABLESPACE'`,
  );
  return rows[0]?.name ?? 'USERS';
};

/** ORA-01918: no such user. ORA-01919: no such role. ORA-00959: no such tablespace. */
const NOT_THERE = /ORA-(01918|01919|00959)\b/;

export type Removal = {
  readonly statement: string;
  readonly result: 'done' | 'not there' | 'failed';
  readonly why?: string;
};

/**
 * Removes the installation, messages included. Missing objects are skipped, and a failed statement
 * does not stop the others. Returns the result of each statement.
 */
export const takeAway = async (
  dba: Database,
  options: DbaOptions,
  accounts: readonly BusinessAccount[],
  mapping: ExchangeMapping,
): Promise<readonly Removal[]> => {
  const removals: Removal[] = [];
  for (const statement of uninstallStatements(options, accounts, mapping)) {
    try {
      await dba.oracle.execute(statement);
      removals.push({ statement, result: 'done' });
    } catch (error) {
      const why = messageOf(error);
      removals.push(NOT_THERE.test(why) ? { statement, result: 'not there' } : { statement, result: 'failed', why });
    }
  }
  return removals;
};
