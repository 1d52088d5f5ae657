import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { MigrationStatements } from '../statements';
import { limitsOnOracle, limitsOnPostgres } from './account-limits';

/** Joins the parts of a migration. The way back undoes the last part first. */
const inOrder = (parts: readonly MigrationStatements[]): MigrationStatements => ({
  up: parts.flatMap(({ up }) => up),
  down: parts.toReversed().flatMap(({ down }) => down),
});

/** What applications that share the database need to leave each other room. */
export const createNeighbours = {
  pg: (): MigrationStatements => inOrder([limitsOnPostgres()]),
  oracledb: (mapping: ExchangeMapping): MigrationStatements => inOrder([limitsOnOracle(mapping)]),
};
