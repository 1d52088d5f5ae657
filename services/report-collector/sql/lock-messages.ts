import { type Engine, forEngine, type PerEngine } from '../../../shared/database/database';
import type { LockMessages } from './ledger-rows';
import { lockOnOracle } from './lock-messages-oracle';
import { lockOnPostgres } from './lock-messages-postgres';

const LOCK_MESSAGES: PerEngine<(perPart: boolean) => LockMessages> = { pg: lockOnPostgres, oracledb: lockOnOracle };

/**
 * Creates the lock of the engine.
 * @param perPart true if the gateway answers part by part
 */
export const createLockMessages = (engine: Engine, perPart: boolean): LockMessages =>
  forEngine(engine, LOCK_MESSAGES)(perPart);
