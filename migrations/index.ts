import type { Knex } from 'knex';
import { type Database, type Engine, forEngine, type PerEngine } from '../shared/database/database';
import type { ExchangeMapping } from '../shared/exchange/exchange-mapping';
import { createTables } from './0001-tables/tables';
import { createAccess } from './0002-access/access';
import { createProducerIndexes } from './0003-producer-indexes/producer-indexes';
import { createGatewayWords } from './0004-gateway-words/gateway-words';
import { createAnswersKept } from './0006-answers-kept/answers-kept';
import { createRelayParked } from './0007-relay-parked/relay-parked';
import { grantRelayHistory } from './0010-relay-history-rights/relay-history-rights';
import { createIdentity } from './0011-identity/identity';
import { grantProducerSpelling } from './0012-producer-spells/producer-spells';
import { createNeighbours } from './0013-neighbours/neighbours';
import { BOOKKEEPING, takeSteps } from './oracle/oracle-steps';
import type { MigrationOptions } from './oracle/oracle-tablespaces';
import type { MigrationStatements } from './statements';

/**
 * The migrations in order. A released migration never changes. Names have no extension, so that
 * they are the same for sources and compiled files.
 */
const MIGRATIONS: readonly {
  readonly name: string;
  readonly statements: PerEngine<(mapping: ExchangeMapping, options: MigrationOptions) => MigrationStatements>;
}[] = [
  { name: '0001-tables', statements: createTables },
  { name: '0002-access', statements: createAccess },
  { name: '0003-producer-indexes', statements: createProducerIndexes },
  { name: '0004-gateway-words', statements: createGatewayWords },
  { name: '0006-answers-kept', statements: createAnswersKept },
  { name: '0007-relay-parked', statements: createRelayParked },
  { name: '0010-relay-history-rights', statements: grantRelayHistory },
  { name: '0011-identity', statements: createIdentity },
  { name: '0012-producer-spells', statements: grantProducerSpelling },
  { name: '0013-neighbours', statements: createNeighbours },
];

type TakeSteps = (knex: Knex, texts: readonly string[]) => Promise<void>;

/** Runs the statements of a migration, by engine. */
const TAKE_STEPS: PerEngine<TakeSteps> = {
  pg: async (knex, texts) => {
    for (const text of texts) await knex.raw(text);
  },
  oracledb: (knex, texts) => takeSteps(texts, (text) => knex.raw(text)),
};

const ON: MigrationOptions = { tablespaces: true };

/** Returns the statements of each migration on an engine, in order. Pure. */
export const listStatements = (
  engine: Engine,
  mapping: ExchangeMapping,
  options: MigrationOptions = ON,
): readonly (MigrationStatements & { readonly name: string })[] =>
  MIGRATIONS.map(({ name, statements }) => ({ name, ...forEngine(engine, statements)(mapping, options) }));

/**
 * Returns the migrations as knex takes them: `knex.migrate.latest({ migrationSource })`, run by the
 * owner of the tables.
 */
export const createMigrationSource = (
  engine: Engine,
  mapping: ExchangeMapping,
  options: MigrationOptions = ON,
): Knex.MigrationSource<(typeof MIGRATIONS)[number]> => ({
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: ({ name }) => name,
  getMigration: async ({ statements }) => {
    const { up, down } = forEngine(engine, statements)(mapping, options);
    const take = forEngine(engine, TAKE_STEPS);
    return { up: (knex) => take(knex, up), down: (knex) => take(knex, down) };
  },
});

/**
 * Preparations before knex runs. On Oracle its two tables are created here, because knex would add
 * a sequence and a trigger. Migrations run there without a transaction, because DDL would end it.
 */
const BEFORE: PerEngine<{ readonly texts: readonly string[]; readonly config: Knex.MigratorConfig }> = {
  pg: { texts: [], config: {} },
  oracledb: { texts: BOOKKEEPING, config: { disableTransactions: true } },
};

/**
 * Prepares the database and returns the configuration for `knex.migrate`.
 * @throws the error of the driver
 */
export const prepareMigrations = async (
  db: Database,
  mapping: ExchangeMapping,
  options: MigrationOptions = ON,
): Promise<Knex.MigratorConfig> => {
  const { texts, config } = forEngine(db.engine, BEFORE);
  await forEngine(db.engine, TAKE_STEPS)(db.knex, texts);
  return { ...config, migrationSource: createMigrationSource(db.engine, mapping, options) };
};
