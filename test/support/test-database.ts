import type { DatabaseRole } from '../../cli/accounts/login';
import { createMigrationSource, listStatements } from '../../migrations';
import type { PlainOptions } from '../../oracle-stand-in/run-oracle-server';
import type { SpawnedOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { type Database, type Engine, forEngine, type PerEngine } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toZone } from '../../shared/exchange/time-zone';
import { templateOf } from './database-template';
import { createEmptyDatabase } from './empty-database';
import { createEmptyOracleDatabase, createOracleDatabase } from './oracle-database';
import type { Run } from './run-on';

export type TestLogin = {
  readonly db: Database;
  readonly username: string;
  readonly url: string;
  readonly run: Run;
};

export type TestDatabase = {
  readonly engine: Engine;
  /** As the owner of the tables; on PostgreSQL a superuser. */
  readonly db: Database;
  readonly url: string;
  readonly run: Run;
  /**
   * Creates and connects a login in a group role of the migrations, with the role's rights only; it
   * is dropped with the database. Upper case on Oracle.
   */
  readonly login: (role: DatabaseRole, username?: string) => Promise<TestLogin>;
  /** Counts the sessions that wait for a lock. */
  readonly lockWaiters: () => Promise<number>;
  readonly empty: () => Promise<void>;
  /** Oracle's administrator, for what the owner may not do. */
  readonly dba?: Database;
  /** The stand-in: its log of calls, and its faults. */
  readonly oracle?: SpawnedOracleServer;
  readonly drop: () => Promise<void>;
};

const CREATE_EMPTY: PerEngine<(mapping: ExchangeMapping) => Promise<TestDatabase>> = {
  pg: (mapping) => createEmptyDatabase(toZone(mapping.timeZone).postgres),
  oracledb: createEmptyOracleDatabase,
};

export const createUnmigratedDatabase = (
  engine: Engine,
  mapping: ExchangeMapping = loadExchangeMapping(),
): Promise<TestDatabase> => forEngine(engine, CREATE_EMPTY)(mapping);

const CREATE: PerEngine<(mapping: ExchangeMapping, options?: PlainOptions) => Promise<TestDatabase>> = {
  pg: async (mapping) => {
    const timeZone = toZone(mapping.timeZone).postgres;
    const template = await templateOf(['pg', listStatements('pg', mapping)], async (url) => {
      const db = openDatabase({ url, applicationName: 'test', poolMax: 1, statementTimeoutMs: 30_000, timeZone });
      await db.knex.migrate.latest({ migrationSource: createMigrationSource('pg', mapping) }).finally(db.close);
    });
    return createEmptyDatabase(timeZone, template);
  },
  oracledb: createOracleDatabase,
};

/**
 * Creates a migrated database: a copy of one that the run makes once. On Oracle it is a process:
 * one a file, with `empty` between its tests. `options` are the stand-in's.
 */
export const createTestDatabase = (
  mapping: ExchangeMapping = loadExchangeMapping(),
  engine: Engine = 'pg',
  options?: PlainOptions,
): Promise<TestDatabase> => forEngine(engine, CREATE)(mapping, options);
