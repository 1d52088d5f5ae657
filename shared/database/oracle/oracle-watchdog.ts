import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';
import { withTimeout } from '../../timing/timeout';

/**
 * Time that a call may take beyond its `callTimeout`. At the timeout the driver asks the server to
 * interrupt the call (NJS-123) and waits for its answer. A vanished host never answers, and TCP
 * gives up only after 15 minutes (net.ipv4.tcp_retries2; oracle/node-oracledb#1626).
 */
const GRACE_MS = 5_000;

/** A login has no `callTimeout`; the driver only limits the connection to the listener. */
const LOG_IN_MS = 10_000;

/**
 * Private parts of the driver's thin mode that this relies on. `oracle-vanished-host.test.ts` fails
 * when they change.
 */
type Session = { readonly forceDisconnect: (error: Error) => void };
type Protocol = {
  readonly callTimeout: number;
  /** True until the session is logged in. */
  readonly connInProgress: boolean;
  readonly nsi: Session;
  _processMessage: (message: unknown) => Promise<void>;
};
type PoolImplementation = { readonly _usedConnectionList: Iterable<{ readonly nscon: Session }> };
type ProtocolClass = { readonly prototype: Protocol & { [WATCHED]?: true } };

const WATCHED = Symbol('watched');
const PROTOCOL = 'oracledb/lib/thin/protocol/protocol.js';

/**
 * Limits every call of the driver in this process: login, statement, commit, ping, logoff. Each is
 * one message and its answer. When an answer is late, the socket is destroyed. The call and all
 * calls queued after it fail with a lost connection (NJS-500). Calling this again has no effect.
 */
export const watchCalls = async (): Promise<void> => {
  const { default: driver } = (await import(PROTOCOL)) as { readonly default: ProtocolClass };
  const { prototype } = driver;
  if (prototype[WATCHED]) return;
  prototype[WATCHED] = true;
  const call = prototype._processMessage;
  prototype._processMessage = async function watched(this: Protocol, message) {
    const allowedMs = this.connInProgress ? LOG_IN_MS : this.callTimeout;
    const limitMs = allowedMs + GRACE_MS;
    const vanish = () => this.nsi.forceDisconnect(new Error(`no answer within ${limitMs} ms`));
    const timer = allowedMs === 0 ? undefined : setTimeout(vanish, limitMs);
    try {
      await call.call(this, message);
    } finally {
      clearTimeout(timer);
    }
  };
};

/** Limit for closing the pool when the host has vanished. */
const CLOSE_MS = 3_000;

/**
 * Closes the pool, including lent connections. When the server does not answer, destroys their
 * sockets and returns without waiting.
 */
export const closePool = async (pool: oracledb.Pool): Promise<void> => {
  const { _usedConnectionList: lent } = (pool as unknown as { readonly _impl: PoolImplementation })._impl;
  let late = false;
  const closing = pool.close(0).catch((error: unknown) => {
    if (!late) throw error;
  });
  const tooLate = new BridgeError('DB_UNAVAILABLE', 'the database does not answer', { retryable: true });
  await withTimeout(CLOSE_MS, closing, () => tooLate).catch((error: unknown) => {
    if (error !== tooLate) throw error;
    late = true;
    for (const { nscon } of lent) nscon.forceDisconnect(tooLate);
  });
};
