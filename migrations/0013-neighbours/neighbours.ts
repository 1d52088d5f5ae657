import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { MigrationStatements } from '../statements';
import { createLimits } from './account-limits';
import { createComments } from './comments';
import { refuseLargeObjects } from './large-objects';
import { createSendView } from './send-view';

/** Joins the parts of a migration. The way back undoes the last part first. */
const inOrder = (parts: readonly MigrationStatements[]): MigrationStatements => ({
  up: parts.flatMap(({ up }) => up),
  down: parts.toReversed().flatMap(({ down }) => down),
});

/** What applications that share the database need to leave each other room. */
export const createNeighbours = {
  pg: (): MigrationStatements =>
    inOrder([createLimits.pg(), createSendView.pg(), refuseLargeObjects.pg(), createComments.pg()]),
  oracledb: (mapping: ExchangeMapping): MigrationStatements =>
    inOrder([createLimits.oracledb(mapping), createSendView.oracledb(mapping), createComments.oracledb()]),
};
