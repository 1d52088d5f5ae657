import type oracledb from 'oracledb';
import { BridgeError } from '../../errors';
import { within } from '../../timing/within';

/**
 * How much longer than its `callTimeout` a call may take. The driver then asks the server to break off (NJS-123) and waits for its answer; a host that vanished gives
 * none, and TCP itself gives up only after 15 minutes (net.ipv4.tcp_retries2; oracle/node-oracledb#1626).
 */
export const GRACE_MS = 5_000;

/** A log-in has no `callTimeout`; the driver bounds only the way to the listener. */
const LOG_IN_MS = 10_000;

/** The private parts of the driver's thin mode that this rests on; `oracle-vanished-host.test.ts` finds out when they change. */
type Session = { readonly forceDisconnect: (error: Error) => void };
type Protocol = {
  readonly callTimeout: number;
  /** until it is logged in */
  readonly connInProgress: boolean;
  readonly nsi: Session;
  _processMessage: (message: unknown) => Promise<void>;
};
type PoolImplementation = { readonly _usedConnectionList: Iterable<{ readonly nscon: Session }> };
type ProtocolClass = { readonly prototype: Protocol & { [WATCHED]?: true } };

const WATCHED = Symbol('watched');
const PROTOCOL = 'oracledb/lib/thin/protocol/protocol.js';

/**
 * Makes every call of the driver in this process end: log-in, statement, commit, ping, log-off, each of which is one message and its answer. One that is not
 * answered in time has its socket destroyed, and fails as one whose connection was lost (NJS-500), and so do those that wait behind it. Once is enough.
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

/** What a host that vanished may hold up the end of a process. */
const CLOSE_MS = 3_000;

/** Closes the pool with what is lent. When the server does not answer, the sockets are destroyed, and nobody waits for their end. */
export const closePool = async (pool: oracledb.Pool): Promise<void> => {
  const { _usedConnectionList: lent } = (pool as unknown as { readonly _impl: PoolImplementation })._impl;
  let late = false;
  const closing = pool.close(0).catch((error: unknown) => {
    if (!late) throw error;
  });
  const tooLate = new BridgeError('DB_UNAVAILABLE', 'the database does not answer', { retryable: true });
  await within(CLOSE_MS, closing, () => tooLate).catch((error: unknown) => {
    if (error !== tooLate) throw error;
    late = true;
    for (const { nscon } of lent) nscon.forceDisconnect(tooLate);
  });
};
