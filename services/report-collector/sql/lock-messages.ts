import { type Engine, forEngine, type PerEngine, type Tx } from '../../../shared/database/database';
import type { LedgerMessage } from '../core/collect-plan';
import type { Wanted } from './ledger-rows';
import { lockOnOracle } from './lock-messages-oracle';
import { lockOnPostgres } from './lock-messages-postgres';

/**
 * Locks the ledger rows of these messages in MESSAGE_ID order, the order of every lock on them, and returns them as they are now, with the parts that are
 * known of them (only who holds the lock changes those). Whoever looks in both places looks in the day table first: rows only move from there to the
 * history, and a row that is just being moved makes this wait.
 */
export type LockMessages = (tx: Tx, place: LedgerMessage['place'], wanted: Wanted) => Promise<readonly LedgerMessage[]>;

const LOCK_MESSAGES: PerEngine<(perPart: boolean) => LockMessages> = { pg: lockOnPostgres, oracledb: lockOnOracle };

/** @param perPart the gateway answers part by part */
export const createLockMessages = (engine: Engine, perPart: boolean): LockMessages =>
  forEngine(engine, LOCK_MESSAGES)(perPart);
