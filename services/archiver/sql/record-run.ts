import { type Database, type Engine, forEngine, type PerEngine } from '../../../shared/database/database';
import { runRecordsOnOracle } from './record-run-oracle';
import { runRecordsOnPostgres } from './record-run-postgres';
import type { RecordedRun, RunRecords } from './run-columns';

const RUN_RECORDS: PerEngine<RunRecords> = { pg: runRecordsOnPostgres, oracledb: runRecordsOnOracle };

export const createRunRecords = (engine: Engine): RunRecords => forEngine(engine, RUN_RECORDS);

/** Returns the newest runs, newest first; with `outcome` only those. */
export const findRuns = (
  db: Database,
  limit: number,
  outcome?: RecordedRun['outcome'],
): Promise<readonly RecordedRun[]> => createRunRecords(db.engine).find(db, limit, outcome);
