import { setTimeout as sleep } from 'node:timers/promises';
import { type CursorStore, createCursorStore } from '../backend/cursors';
import type { PostgresSession } from '../backend/postgres-session';
import type { LockDirection } from '../backend/run-query';
import type { ServerWorld } from '../backend/server-world';
import type { FaultPlan } from '../faults';
import type { TranslationContext } from '../sql/context';
import { OracleError } from '../sql/oracle-error';
import { createLobStore, type LobTable } from '../ttc/lob-operations';
import type { ServerVersion } from './reported-counts';

/** A statement that the server has answered, for assertions in tests. */
export type StatementRecord = {
  readonly session: number;
  readonly user: string;
  readonly sql: string;
  /** Executions of an array, or 1. */
  readonly executions: number;
  /** Rows requested with the statement itself. */
  readonly prefetch: number;
  readonly error?: number;
};

/**
 * What a client reports about itself: connect data as received, and the pairs of both login phases
 * without secrets.
 */
export type LoginRecord = {
  readonly session: number;
  readonly connectData: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly protocol: 'tcp' | 'tcps';
};

/** Checks the statement's text before it runs. Resolves to the problem, if any. */
export type StatementGate = (sql: string) => Promise<{ readonly number: number; readonly message: string } | undefined>;

export type SessionServices = {
  readonly world: ServerWorld;
  readonly faults: FaultPlan;
  readonly gate: StatementGate;
  readonly record: (entry: StatementRecord) => void;
  readonly recordLogin: (entry: LoginRecord) => void;
  readonly openCursors: number;
  readonly serverVersion: ServerVersion;
  readonly lockDirection: () => LockDirection | undefined;
  readonly encryption: 'required' | undefined;
  readonly release: '11.2' | undefined;
};

export type Login = { readonly user: string; readonly proxy?: string; readonly postgres: PostgresSession };

/** One Oracle session, from its login on. */
export type SessionState = SessionServices & {
  readonly id: number;
  readonly protocol: LoginRecord['protocol'];
  readonly cursors: CursorStore;
  readonly lobs: LobTable;
  /** Module, action, client identifier … as the client set them. */
  readonly attributes: Map<string, string>;
  /** Applies a statement's planned faults: a delay, an error, or a broken connection. */
  readonly disturb: (sql: string) => Promise<void>;
  connectData: string;
  login: Login | undefined;
  /** The client has disconnected. */
  closed: boolean;
  schema: string;
  /** DDL_LOCK_TIMEOUT */
  ddlLockSeconds: number;
  /** Number of transactions that have ended. */
  generation: number;
};

/** The client's connection is broken without an answer. */
export class ConnectionLost extends Error {}

const disturbWith =
  (faults: FaultPlan) =>
  async (sql: string): Promise<void> => {
    const { delayMs, error, kill } = faults.atStatement(sql);
    if (delayMs > 0) await sleep(delayMs);
    if (kill) throw new ConnectionLost('at a statement');
    if (error !== undefined) throw new OracleError(error, 'a fault of the test');
  };

export const createSessionState = (
  id: number,
  protocol: LoginRecord['protocol'],
  services: SessionServices,
): SessionState => ({
  ...services,
  id,
  protocol,
  cursors: createCursorStore(services.openCursors),
  lobs: createLobStore(),
  attributes: new Map(),
  disturb: disturbWith(services.faults),
  connectData: '',
  login: undefined,
  closed: false,
  schema: '',
  ddlLockSeconds: 0,
  generation: 0,
});

/**
 * Returns the login.
 * @throws ORA-01012 before the login
 */
export const loggedIn = (state: SessionState): Login => {
  if (state.login === undefined) throw new OracleError(1012, 'not logged on');
  return state.login;
};

/** Commits. Applies faults planned for the moment just before or after. */
export const commitTransaction = async (state: SessionState): Promise<void> => {
  const { postgres } = loggedIn(state);
  const fault = postgres.inTransaction() ? state.faults.atCommit() : undefined;
  if (fault === 'before') {
    await postgres.rollback();
    throw new ConnectionLost('before the commit');
  }
  if (postgres.inTransaction()) state.generation += 1;
  await postgres.commit();
  if (fault === 'after') throw new ConnectionLost('after the commit');
};

export const rollbackTransaction = async (state: SessionState): Promise<void> => {
  const { postgres } = loggedIn(state);
  if (postgres.inTransaction()) state.generation += 1;
  await postgres.rollback();
};

export const contextOf = async (state: SessionState, bindTypes: readonly number[]): Promise<TranslationContext> => ({
  schema: state.schema,
  bindTypes,
  inDdl: false,
  ...(await state.world.dictionary()),
});
