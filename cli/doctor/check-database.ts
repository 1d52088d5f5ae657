import { toApplications } from '../../shared/accounts/application-directory';
import type { Database } from '../../shared/database/database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { columnsThere } from '../../shared/exchange/send-columns';
import { listMigrations } from '../migrate/list-migrations';
import { PLATFORM_TABLES, PLATFORM_VIEWS } from '../migrate/platform-tables';
import type { DatabaseLooks, Missing } from './database-looks';
import { broken, type Check, type Finding, statements, warning, well } from './finding';

const ADVICE = 'Run `sms-bridge migrate` as the owner of the tables.';

/** Whose role should let it see them. */
const ADVICE_OF_ACCOUNT =
  'A right or a synonym of this account is missing: `sms-bridge oracle install` with the account and its role gives what it lacks.';

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
  const at = await looks.clock();
  const after = Date.now();
  // only what the way there and back cannot explain
  const off = at < before ? at - before : at > after ? at - after : 0;
  const words = `the database's clock is ${Math.abs(Math.round(off))} ms ${off < 0 ? 'behind' : 'ahead'}`;
  const advice = 'Set both clocks by NTP: validity and archiving compare times of both.';
  if (Math.abs(off) >= CLOCK_FAILURE_MS) return broken('database: clock', words, advice);
  if (Math.abs(off) >= CLOCK_WARNING_MS) return warning('database: clock', words, advice);
  return well('database: clock', `agrees with this computer's to ${Math.max(1, after - before)} ms`);
};

const checkMigrations = async (
  db: Database,
  looks: DatabaseLooks,
  names: ExchangeNames,
): Promise<readonly Finding[] | Finding> => {
  // only their owner has the list; everybody else finds no table of it
  if (!(await looks.seesAll())) return [];
  const { done, missing } = await listMigrations(db, names);
  if (missing.length === 0) return well('database: migrations', `all ${done.length} done`);
  return broken('database: migrations', `missing: ${missing.join(', ')}`, ADVICE);
};

/** What must be there of an exchange table: also the columns of send's constants and its mark. */
const toColumns = ({ columns, send }: ExchangeNames, kind: keyof ExchangeNames['columns']): readonly string[] => [
  ...columnsThere(columns[kind]),
  ...(kind === 'send' ? [...Object.keys(send.constants), ...(send.taken === null ? [] : [send.taken.column])] : []),
];

/** Tables and columns as the configuration names them; of the platform's own only that they are there. */
const checkTables = async (looks: DatabaseLooks, names: ExchangeNames): Promise<readonly Finding[]> => {
  const seen = async (relations: readonly string[]): Promise<readonly string[]> => {
    const visible = await Promise.all(relations.map((relation) => looks.sees(relation)));
    return relations.filter((_, at) => visible[at]);
  };
  const tables = await seen(Object.values(names.tables));
  const exchange = Object.entries(names.tables)
    .filter(([, table]) => tables.includes(table))
    .flatMap(([kind, table]) =>
      toColumns(names, kind as keyof ExchangeNames['columns']).map((column) => ({ table, column })),
    );
  const platform = await seen([...PLATFORM_TABLES, ...PLATFORM_VIEWS]);
  const rows = await looks.findMissing(platform, exchange);
  const all = await looks.seesAll();
  const missing = (of: readonly string[]) => rows.filter(({ table }) => of.includes(table));
  const say = (check: string, count: number, of: readonly Missing[], advice: string): Finding => {
    if (of.length === 0) return well(check, count === 0 ? 'none that this account would see' : `${count} there`);
    const what = [...new Set(of.map(({ table, column }) => (column === null ? table : `${table}.${column}`)))];
    const shown = what.length > 6 ? `${what.slice(0, 6).join(', ')} and ${what.length - 6} more` : what.join(', ');
    return broken(check, `not found: ${shown}`, advice);
  };
  const adviceFor = async (of: readonly Missing[], ofOwner: string): Promise<string> =>
    all || of.length === 0 ? ofOwner : adviceOfAccount(looks, of);
  return [
    say('database: platform tables', platform.length, missing(platform), await adviceFor(missing(platform), ADVICE)),
    say(
      'database: exchange tables',
      tables.length,
      missing(tables),
      await adviceFor(
        missing(tables),
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

/** @param ofEngine what there is to check of the engine; it helps most when tables are missing, so it comes before them */
export const databaseChecks = (
  db: Database,
  looks: DatabaseLooks,
  names: ExchangeNames,
  ofEngine: readonly Check[],
): readonly Check[] => [
  { name: 'database: connection', essential: true, look: () => checkConnection(looks) },
  { name: 'database: clock', look: () => checkClock(looks) },
  ...ofEngine,
  { name: 'database: migrations', look: () => checkMigrations(db, looks, names) },
  { name: 'database: tables', essential: true, look: () => checkTables(looks, names) },
  { name: 'database: applications', look: () => checkApplications(looks) },
];
