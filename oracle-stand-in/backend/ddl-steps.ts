import type { TranslationContext } from '../sql/context';
import { toPostgresName } from '../sql/names';
import { OracleError } from '../sql/oracle-error';
import type { Token } from '../sql/tokens';
import type { PostgresError } from './error-situation';
import { toOracleError } from './postgres-errors';
import type { ServerWorld } from './server-world';

export type DdlCall = {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly context: TranslationContext;
  readonly user: string;
  /** How long DDL waits for transactions on its object. */
  readonly lockWaitMs: number;
};

/** Oracle's DDL conflicts with fewer operations than PostgreSQL's, so it always waits a little. */
export const toLockWaitMs = (ddlLockSeconds: number): number => Math.max(2_000, ddlLockSeconds * 1_000);

const missing = (kind: string): OracleError =>
  ({
    INDEX: new OracleError(1418, 'specified index does not exist'),
    SEQUENCE: new OracleError(2289, 'sequence does not exist'),
  })[kind] ?? new OracleError(942, 'table or view does not exist');

/** Runs the statements in one PostgreSQL transaction, with the schema's names. */
export const apply = async (
  world: ServerWorld,
  statements: readonly string[],
  schema: string,
  verb: string,
  kind: string,
  lockWaitMs = toLockWaitMs(0),
): Promise<void> => {
  await world.admin.query(
    `BEGIN; SET LOCAL search_path = ${toPostgresName(schema)}, ora, pg_catalog; SET LOCAL lock_timeout = ${lockWaitMs}`,
  );
  try {
    for (const statement of statements) await world.admin.query(statement);
    await world.admin.query('COMMIT');
  } catch (error) {
    await world.admin.query('ROLLBACK');
    const { code } = error as PostgresError;
    if (code === '42P01' || code === '42704')
      throw kind === 'CONSTRAINT'
        ? toOracleError(error, { verb, lockWait: false })
        : missing(verb === 'CREATE' ? '' : kind);
    throw toOracleError(error, { verb, lockWait: false });
  }
};

export const createDomains = async (world: ServerWorld, domains: readonly string[]): Promise<void> => {
  for (const domain of new Set(domains)) {
    const base = domain.includes('raw_')
      ? 'bytea'
      : /"n?char_(\d+)_/.test(domain)
        ? `char(${/"n?char_(\d+)_/.exec(domain)![1]})`
        : 'varchar';
    await world.admin.query(
      `DO $$ BEGIN CREATE DOMAIN ${domain} AS ${base}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
  }
};

export const requireQuota = async (
  world: ServerWorld,
  owner: string,
  tablespace: string | undefined,
): Promise<void> => {
  if (tablespace === undefined || (await world.accounts.privilegesOf(owner)).has('UNLIMITED TABLESPACE')) return;
  const { rows } = await world.admin.query('SELECT 1 FROM ora.quotas WHERE username = $1 AND tablespace_name = $2', [
    owner,
    tablespace,
  ]);
  if (rows.length === 0) throw new OracleError(1950, `no privileges on tablespace '${tablespace}'`);
};

export const place = (world: ServerWorld, owner: string, name: string, tablespace: string | undefined) =>
  world.admin.query(
    `INSERT INTO ora.placements VALUES ($1, $2, $3) ON CONFLICT (owner, segment_name) DO UPDATE SET tablespace_name = excluded.tablespace_name`,
    [owner, name, tablespace ?? 'USERS'],
  );

export const relation = (owner: string, name: string): string => `${toPostgresName(owner)}.${toPostgresName(name)}`;
