import type { Database } from '../../services/shared/database/open-database';
import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { listMigrations } from '../migrate/list-migrations';
import { PLATFORM_TABLES, PLATFORM_VIEWS } from '../migrate/platform-tables';
import { broken, type Check, type Finding, warning, well } from './finding';

const CLOCK_WARNING_MS = 1_000;
const CLOCK_FAILURE_MS = 5_000;

const checkConnection = async (db: Database): Promise<Finding> => {
  const startedAt = performance.now();
  const { rows } = await db.query<{ version: string; account: string; name: string }>(
    `SELECT current_setting('server_version') AS version, current_user AS account, current_database() AS name`,
  );
  const ms = Math.round(performance.now() - startedAt);
  const { version, account, name } = rows[0] ?? { version: '?', account: '?', name: '?' };
  return well('database: connection', `PostgreSQL ${version}, database ${name} as ${account}, ${ms} ms`);
};

/** The services compare their own clock with times that the database wrote. */
const checkClock = async (db: Database): Promise<Finding> => {
  const before = Date.now();
  const { rows } = await db.query<{ at: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
  );
  const after = Date.now();
  const at = rows[0]?.at ?? before;
  // only what the way there and back cannot explain
  const off = at < before ? at - before : at > after ? at - after : 0;
  const words = `the database's clock is ${Math.abs(Math.round(off))} ms ${off < 0 ? 'behind' : 'ahead'}`;
  const advice = 'Set both clocks by NTP: validity and archiving compare times of both.';
  if (Math.abs(off) >= CLOCK_FAILURE_MS) return broken('database: clock', words, advice);
  if (Math.abs(off) >= CLOCK_WARNING_MS) return warning('database: clock', words, advice);
  return well('database: clock', `agrees with this computer's to ${Math.max(1, after - before)} ms`);
};

const checkMigrations = async (db: Database, names: ExchangeNames): Promise<Finding> => {
  const { done, missing } = await listMigrations(db, names);
  if (missing.length === 0) return well('database: migrations', `all ${done.length} done`);
  return broken(
    'database: migrations',
    `missing: ${missing.join(', ')}`,
    'Run `sms-bridge migrate` as the owner of the tables.',
  );
};

/** Tables and columns as the configuration names them; of the platform's own only that they are there. */
const checkTables = async (db: Database, names: ExchangeNames): Promise<readonly Finding[]> => {
  const exchange = Object.entries(names.tables).flatMap(([kind, table]) =>
    Object.values(names.columns[kind as keyof ExchangeNames['columns']]).map((column) => ({ table, column })),
  );
  const platform = [...PLATFORM_TABLES, ...PLATFORM_VIEWS];
  const { rows } = await db.query<{ table: string; column: string | null }>(
    `SELECT t.name AS table, NULL AS column FROM unnest($1::text[]) AS t (name) WHERE to_regclass(t.name) IS NULL
     UNION ALL
     SELECT c.name, c.col FROM unnest($2::text[], $3::text[]) AS c (name, col)
      WHERE NOT EXISTS (SELECT 1 FROM pg_attribute a
                         WHERE a.attrelid = to_regclass(c.name) AND a.attname = lower(c.col) AND NOT a.attisdropped)`,
    [platform, exchange.map(({ table }) => table), exchange.map(({ column }) => column)],
  );
  const missing = (of: readonly string[]) => rows.filter(({ table }) => of.includes(table));
  const say = (check: string, count: number, of: typeof rows, advice: string): Finding => {
    if (of.length === 0) return well(check, `${count} there`);
    const what = [...new Set(of.map(({ table, column }) => (column === null ? table : `${table}.${column}`)))];
    const shown = what.length > 6 ? `${what.slice(0, 6).join(', ')} and ${what.length - 6} more` : what.join(', ');
    return broken(check, `not found: ${shown}`, advice);
  };
  return [
    say(
      'database: platform tables',
      platform.length,
      missing(platform),
      'Run `sms-bridge migrate` as the owner of the tables.',
    ),
    say(
      'database: exchange tables',
      Object.keys(names.tables).length,
      missing(Object.values(names.tables)),
      'Run `sms-bridge migrate`, or name the tables and columns as they are in EXCHANGE_FILE.',
    ),
  ];
};

const checkApplications = async (db: Database): Promise<Finding> => {
  const { rows } = await db.query<{ enabled: number; applications: number }>(
    `SELECT count(DISTINCT app_id) FILTER (WHERE enabled)::int AS enabled, count(DISTINCT app_id)::int AS applications FROM login_user`,
  );
  const { enabled = 0, applications = 0 } = rows[0] ?? {};
  if (enabled > 0) return well('database: applications', `${enabled} enabled of ${applications}`);
  return warning(
    'database: applications',
    'none is enabled, so every message is rejected',
    'Register one: `sms-bridge app add <account>`.',
  );
};

export const databaseChecks = (db: Database, names: ExchangeNames): readonly Check[] => [
  { name: 'database: connection', essential: true, look: () => checkConnection(db) },
  { name: 'database: clock', look: () => checkClock(db) },
  { name: 'database: migrations', look: () => checkMigrations(db, names) },
  { name: 'database: tables', essential: true, look: () => checkTables(db, names) },
  { name: 'database: applications', look: () => checkApplications(db) },
];
