import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import type { DatabaseLooks } from './database-looks';
import { lookIntoOracle } from './look-into-oracle';
import { lookIntoPostgres } from './look-into-postgres';

const LOOK: PerEngine<(db: Database, names: ExchangeNames) => DatabaseLooks> = {
  pg: lookIntoPostgres,
  oracledb: lookIntoOracle,
};

export const lookIntoDatabase = (db: Database, names: ExchangeNames): DatabaseLooks =>
  forEngine(db.engine, LOOK)(db, names);
