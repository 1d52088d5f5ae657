import { toApplications } from '../../shared/accounts/application-directory';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { presentColumns } from '../../shared/exchange/send-columns';
import { isMigrationLocked, listMigrations, toNewerText } from '../migrate/list-migrations';
import { PLATFORM_TABLES, PLATFORM_VIEWS } from '../migrate/platform-tables';
import { checkLogins } from './check-logins';
import type { DatabaseLooks, Missing } from './database-looks';
import { broken, type Check, type Finding, statements, warning, well } from './finding';

const ADVICE = 'Run `sms-bridge migrate` as the owner of the tables.';

/** For an account whose role should let it see the missing tables. */
const ADVICE_OF_ACCOUNT =
  'This account lacks a right or a synonym: run `sms-bridge oracle install` with the account and its role.';

const adviceOfAccount = async (looks: DatabaseLooks, missing: readonly Missing[]): Promise<string> => {
  const repairs = await looks.repairs(missing.map(({ table }) => table));
  return repairs.length === 0 ? ADVICE_OF_ACCOUNT : `A DBA:${statements(...repairs)}`;
};

const CLOCK_WARNING_MS = 1_000;
const CLOCK_FAILURE_MS = 5_000;

const checkConnection = async (looks: DatabaseLooks): Promise<Finding> => {
  const startedAt = performance.now();
  const words = await looks.describe();
  return well('database: connection', `${words}, ${Math.round(performance.now() - startedAt)} ms`);
};

/** The services compare their own clock with times that the database wrote. */
const checkClock = async (looks: DatabaseLooks): Promise<Finding> => {
  const before = Date.now();
  const databaseTime = await looks.clock();
  const after = Date.now();
  // Counts only the part of the difference that the round trip cannot explain.
  const off = databaseTime < before ? databaseTime - before : databaseTime > after ? databaseTime - after : 0;
  const words = `the database's clock is ${Math.abs(Math.round(off))} ms ${off < 0 ? 'behind' : 'ahead'}`;
  const advice = 'Set both clocks by NTP: validity and archiving compare times of both.';
  if (Math.abs(off) >= CLOCK_FAILURE_MS) return broken('database: clock', words, advice);
  if (Math.abs(off) >= CLOCK_WARNING_MS) return warning('database: clock', words, advice);
  return well('database: clock', `within ${Math.max(1, after - before)} ms of this computer's clock`);
};

const checkMigrations = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
): Promise<readonly Finding[] | Finding> => {
  // Only the owner can read the list of migrations.
  if (!(await looks.seesAll())) return [];
  const check = 'database: migrations';
  if (await isMigrationLocked(db))
    return broken(
      check,
      'the lock of migrations is set: one runs now, or was killed',
      'If none runs, release it: `sms-bridge migrate --unlock`, then `sms-bridge migrate`.',
    );
  const { done, missing, unknown } = await listMigrations(db, mapping);
  if (unknown.length > 0)
    return broken(
      check,
      toNewerText(unknown),
      'Run the version of the bridge that migrated it: docs/operate/upgrade.md.',
    );
  if (missing.length === 0) return well(check, `all ${done.length} done`);
  return broken(check, `missing: ${missing.join(', ')}`, ADVICE);
};

/**
 * Returns the columns that an exchange table must have; for `send` also those of the constants and
 * of the mark for taken rows.
 */
const toColumns = ({ columns, send }: ExchangeMapping, kind: keyof ExchangeMapping['columns']): readonly string[] => [
  ...presentColumns(columns[kind]),
  ...(kind === 'send' ? [...Object.keys(send.constants), ...(send.taken === null ? [] : [send.taken.column])] : []),
];

/**
 * Checks the exchange tables with the columns that the configuration names, and the platform's
 * tables without their columns.
 */
const checkTables = async (looks: DatabaseLooks, mapping: ExchangeMapping): Promise<readonly Finding[]> => {
  const seen = async (relations: readonly string[]): Promise<readonly string[]> => {
    const visible = await Promise.all(relations.map((relation) => looks.sees(relation)));
    return relations.filter((_, index) => visible[index]);
  };
  const tables = await seen(Object.values(mapping.tables));
  const exchange = Object.entries(mapping.tables)
    .filter(([, table]) => tables.includes(table))
    .flatMap(([kind, table]) =>
      toColumns(mapping, kind as keyof ExchangeMapping['columns']).map((column) => ({ table, column })),
    );
  const platform = await seen([...PLATFORM_TABLES, ...PLATFORM_VIEWS]);
  const rows = await looks.findMissing(platform, exchange);
  const all = await looks.seesAll();
  const missingIn = (relations: readonly string[]) => rows.filter(({ table }) => relations.includes(table));
  const say = (check: string, count: number, missing: readonly Missing[], advice: string): Finding => {
    if (missing.length === 0) return well(check, count === 0 ? 'none that this account uses' : `${count} there`);
    const what = [...new Set(missing.map(({ table, column }) => (column === null ? table : `${table}.${column}`)))];
    const shown = what.length > 6 ? `${what.slice(0, 6).join(', ')} and ${what.length - 6} more` : what.join(', ');
    return broken(check, `not found: ${shown}`, advice);
  };
  const adviceFor = async (missing: readonly Missing[], adviceOfOwner: string): Promise<string> =>
    all || missing.length === 0 ? adviceOfOwner : adviceOfAccount(looks, missing);
  return [
    say(
      'database: platform tables',
      platform.length,
      missingIn(platform),
      await adviceFor(missingIn(platform), ADVICE),
    ),
    say(
      'database: exchange tables',
      tables.length,
      missingIn(tables),
      await adviceFor(
        missingIn(tables),
        'Run `sms-bridge migrate`, or name the tables and columns as they are in EXCHANGE_FILE.',
      ),
    ),
  ];
};

const checkApplications = async (looks: DatabaseLooks): Promise<readonly Finding[] | Finding> => {
  if (!(await looks.reads('login_user')) && !(await looks.reads('v_login_user'))) return [];
  const known = [...toApplications(await looks.accounts()).values()];
  const [applications, enabled] = [known.length, known.filter((application) => application.enabled).length];
  if (enabled > 0) return well('database: applications', `${enabled} enabled of ${applications}`);
  return warning(
    'database: applications',
    'none is enabled, so every message is rejected',
    'Register one: `sms-bridge app add <account>`.',
  );
};

/**
 * Returns the checks of the database.
 * @param engineChecks checks of this engine only; they run before the check of the tables, because
 * they help most when tables are missing
 */
export const databaseChecks = (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
  engineChecks: readonly Check[],
): readonly Check[] => [
  { name: 'database: connection', essential: true, look: () => checkConnection(looks) },
  { name: 'database: clock', look: () => checkClock(looks) },
  ...engineChecks,
  { name: 'database: migrations', look: () => checkMigrations(db, looks, mapping) },
  { name: 'database: tables', essential: true, look: () => checkTables(looks, mapping) },
  { name: 'database: applications', look: () => checkApplications(looks) },
  { name: 'database: business logins', look: () => checkLogins(db, looks) },
];
