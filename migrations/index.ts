import type { Knex } from 'knex';
import { type Database, type Engine, forEngine, type PerEngine } from '../services/shared/database/open-database';
import type { ExchangeNames } from '../services/shared/exchange/exchange-names';
import { createTables, type MigrationStatements } from './0001-tables';
import { createAccess } from './0002-access';
import { createProducerIndexes } from './0003-producer-indexes';
import { createGatewayWords } from './0004-gateway-words';
import { createAnswersKept } from './0006-answers-kept';
import { createRelayParked } from './0007-relay-parked';
import { grantRelayHistory } from './0010-relay-history-rights';
import { createIdentity } from './0011-identity';
import { grantProducerSpelling } from './0013-producer-spells';
import { BOOKKEEPING, isDoneAlready } from './oracle-steps';
import type { MigrationOptions } from './oracle-tablespaces';

/** In order; a released migration never changes. Names without extension: the same whether run from sources or compiled. */
const MIGRATIONS: readonly {
  readonly name: string;
  readonly statements: PerEngine<(names: ExchangeNames, options: MigrationOptions) => MigrationStatements>;
}[] = [
  { name: '0001-tables', statements: createTables },
  { name: '0002-access', statements: createAccess },
  { name: '0003-producer-indexes', statements: createProducerIndexes },
  { name: '0004-gateway-words', statements: createGatewayWords },
  { name: '0006-answers-kept', statements: createAnswersKept },
  { name: '0007-relay-parked', statements: createRelayParked },
  { name: '0010-relay-history-rights', statements: grantRelayHistory },
  { name: '0011-identity', statements: createIdentity },
  { name: '0013-producer-spells', statements: grantProducerSpelling },
];

type Run = (knex: Knex, text: string) => Promise<void>;

/** How one step is taken. */
const RUN: PerEngine<Run> = {
  pg: async (knex, text) => {
    await knex.raw(text);
  },
  oracledb: async (knex, text) => {
    try {
      await knex.raw(text);
    } catch (error) {
      if (!isDoneAlready(text, error)) throw error;
    }
  },
};

const ON: MigrationOptions = { tablespaces: true };

/** What each migration does on an engine, in order. */
export const listStatements = (
  engine: Engine,
  names: ExchangeNames,
  options: MigrationOptions = ON,
): readonly (MigrationStatements & { readonly name: string })[] =>
  MIGRATIONS.map(({ name, statements }) => ({ name, ...forEngine(engine, statements)(names, options) }));

/** The migrations as knex takes them: `knex.migrate.latest({ migrationSource })`, run by the owner of the tables. */
export const createMigrationSource = (
  engine: Engine,
  names: ExchangeNames,
  options: MigrationOptions = ON,
): Knex.MigrationSource<(typeof MIGRATIONS)[number]> => ({
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: ({ name }) => name,
  getMigration: async ({ statements }) => {
    const { up, down } = forEngine(engine, statements)(names, options);
    const one = forEngine(engine, RUN);
    const run = (texts: readonly string[]) => async (knex: Knex) => {
      for (const text of texts) await one(knex, text);
    };
    return { up: run(up), down: run(down) };
  },
});

/**
 * On Oracle knex' two tables are made here: knex would add a sequence and a trigger. And there is no transaction around a migration: DDL would end it.
 */
const BEFORE: PerEngine<{ readonly texts: readonly string[]; readonly config: Knex.MigratorConfig }> = {
  pg: { texts: [], config: {} },
  oracledb: { texts: BOOKKEEPING, config: { disableTransactions: true } },
};

/** Makes ready, and returns what `knex.migrate` takes. @throws what the driver throws */
export const prepareMigrations = async (
  db: Database,
  names: ExchangeNames,
  options: MigrationOptions = ON,
): Promise<Knex.MigratorConfig> => {
  const { texts, config } = forEngine(db.engine, BEFORE);
  for (const text of texts) await forEngine(db.engine, RUN)(db.knex, text);
  return { ...config, migrationSource: createMigrationSource(db.engine, names, options) };
};
