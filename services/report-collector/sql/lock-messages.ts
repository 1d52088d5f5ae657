import { type Engine, forEngine, type PerEngine } from '../../../shared/database/database';
import type { LockMessages } from './ledger-rows';
import { lockOnOracle } from './lock-messages-oracle';
import { lockOnPostgres } from './lock-messages-postgres';

const LOCK_MESSAGES: PerEngine<(perSegment: boolean) => LockMessages> = { pg: lockOnPostgres, oracledb: lockOnOracle };

/**
 * Creates the lock of the engine.
 * @param perSegment true if the gateway answers segment by segment
 */
export const createLockMessages = (engine: Engine, perSegment: boolean): LockMessages =>
  forEngine(engine, LOCK_MESSAGES)(perSegment);
