import type { Knex } from 'knex';
import { type Engine, forEngine, type PerEngine } from '../services/shared/database/open-database';
import type { ExchangeNames } from '../services/shared/exchange/exchange-names';
import { createTables, type MigrationStatements } from './0001-tables';
import { createAccess } from './0002-access';
import { createProducerIndexes } from './0003-producer-indexes';

/** In order; a released migration never changes. Names without extension: the same whether run from sources or compiled. */
const MIGRATIONS: readonly {
  readonly name: string;
  readonly statements: PerEngine<(names: ExchangeNames) => MigrationStatements>;
}[] = [
  { name: '0001-tables', statements: createTables },
  { name: '0002-access', statements: createAccess },
  { name: '0003-producer-indexes', statements: createProducerIndexes },
];

/** The migrations as knex takes them: `knex.migrate.latest({ migrationSource })`, run by the owner of the tables. */
export const createMigrationSource = (
  engine: Engine,
  names: ExchangeNames,
): Knex.MigrationSource<(typeof MIGRATIONS)[number]> => ({
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: ({ name }) => name,
  getMigration: async ({ statements }) => {
    const { up, down } = forEngine(engine, statements)(names);
    const run = (texts: readonly string[]) => async (knex: Knex) => {
      for (const text of texts) await knex.raw(text);
    };
    return { up: run(up), down: run(down) };
  },
});
