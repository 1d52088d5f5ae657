import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { DatabaseLooks } from './database-looks';
import { lookIntoOracle } from './look-into-oracle';
import { lookIntoPostgres } from './look-into-postgres';

const LOOK: PerEngine<(db: Database, mapping: ExchangeMapping) => DatabaseLooks> = {
  pg: lookIntoPostgres,
  oracledb: lookIntoOracle,
};

export const lookIntoDatabase = (db: Database, mapping: ExchangeMapping): DatabaseLooks =>
  forEngine(db.engine, LOOK)(db, mapping);
