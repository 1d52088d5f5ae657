import {
  type BusinessAccount,
  type DbaOptions,
  spacesOfOwner,
  uninstallStatements,
  withPassword,
} from '../../migrations/oracle/oracle-dba';
import type { Database } from '../../shared/database/database';
import { messageOf } from '../../shared/errors';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';

/** What is there already of what a DBA's statements make, in the words of `effectsOf`. */
export type Present = ReadonlySet<string>;

/** What a statement of `oracle script` brings about, in words that the dictionary can be asked for. Pure. */
export const effectsOf = (text: string): readonly string[] => {
  const [, kind, name] = /^CREATE (TABLESPACE|USER) (\S+)/.exec(text) ?? [];
  if (kind !== undefined) return [`${kind} ${name}`];
  const [, quota] = /^ALTER USER (\S+) .*QUOTA/.exec(text) ?? [];
  if (quota !== undefined) return [`QUOTA OF ${quota}`];
  const [, synonym, target] = /^CREATE OR REPLACE SYNONYM (\S+) FOR (\S+)/.exec(text) ?? [];
  if (synonym !== undefined) return [`SYNONYM ${synonym} FOR ${target}`];
  const [, rights, grantee] = /^GRANT (.+) TO (\S+)$/.exec(text) ?? [];
  return rights?.split(', ').map((right) => `${right} TO ${grantee}`) ?? [];
};

/** Whether there is nothing left to do for a statement. Pure. */
export const isThere = (text: string, present: Present): boolean => {
  const effects = effectsOf(text);
  return effects.length > 0 && effects.every((effect) => present.has(effect));
};

/** Tablespaces on which an owner that is there has no quota: one with a limit is a DBA's will. Pure. */
export const lackingQuotas = (options: DbaOptions, present: Present): readonly string[] =>
  present.has(`UNLIMITED TABLESPACE TO ${options.owner}`)
    ? []
    : spacesOfOwner(options).filter((name) => !present.has(`QUOTA OF ${options.owner} ON ${name}`));

/**
 * Statements of `oracle script`, with a DBA's account; what is there already is passed over. Resolves with those that were run.
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

/** Objects of an account that is not told otherwise go there. @throws BridgeError DB_… */
export const defaultTablespaceOf = async (dba: Database): Promise<string> => {
  const { rows } = await dba.oracle.execute<{ name: string }>(
    `SELECT PROPERTY_VALUE AS NAME FROM DATABASE_PROPERTIES WHERE PROPERTY_NAME = 'DEFAULT_PERMANENT_TABLESPACE'`,
  );
  return rows[0]?.name ?? 'USERS';
};

/** No such user (01918), role (01919), tablespace (00959). */
const NOT_THERE = /ORA-(01918|01919|00959)\b/;

export type Removal = {
  readonly statement: string;
  readonly result: 'done' | 'not there' | 'failed';
  readonly why?: string;
};

/** Takes all of it away, the messages too. What is not there is passed over; what fails does not stop the rest. */
export const takeAway = async (
  dba: Database,
  options: DbaOptions,
  accounts: readonly BusinessAccount[],
  names: ExchangeNames,
): Promise<readonly Removal[]> => {
  const removals: Removal[] = [];
  for (const statement of uninstallStatements(options, accounts, names)) {
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
