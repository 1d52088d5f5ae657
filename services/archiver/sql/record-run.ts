import { type Database, type Engine, forEngine, type PerEngine } from '../../../shared/database/database';
import { runsOnOracle } from './record-run-oracle';
import { runsOnPostgres } from './record-run-postgres';
import type { RecordedRun, RunRecords } from './run-columns';

const RUN_RECORDS: PerEngine<RunRecords> = { pg: runsOnPostgres, oracledb: runsOnOracle };

export const runRecordsFor = (engine: Engine): RunRecords => forEngine(engine, RUN_RECORDS);

/** Returns the newest runs, newest first; with `outcome` only those. */
export const findRuns = (
  db: Database,
  limit: number,
  outcome?: RecordedRun['outcome'],
): Promise<readonly RecordedRun[]> => runRecordsFor(db.engine).find(db, limit, outcome);
