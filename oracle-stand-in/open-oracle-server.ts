import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { openServerWorld, type WorldOptions } from './backend/open-server-world';
import type { LockDirection } from './backend/run-query';
import { createFaultPlan, type Fault } from './faults';
import { createStatementCheck } from './grammar/check-statement';
import type { ServerVersion } from './session/reported-counts';
import { serveSession } from './session/serve-session';
import type { LoginRecord, StatementGate, StatementRecord } from './session/session-state';

export type OracleServerOptions = WorldOptions & {
  readonly port?: number;
  /** SQLNET.ENCRYPTION_SERVER. `required` refuses thin clients, which have no encryption. */
  readonly encryption?: 'required';
  /** `11.2`: speaks as that release does, which thin clients refuse. */
  readonly release?: '11.2';
  readonly faults?: readonly Fault[];
  /** Open cursors of a session; default: Oracle's 300. */
  readonly openCursors?: number;
  /** Default: 19. Before 23.6, row counts of a MERGE with failed rows are wrong. */
  readonly serverVersion?: ServerVersion;
  /**
   * Order in which FOR UPDATE locks the rows that it returns sorted; `opposed`: every second
   * statement locks backwards.
   */
  readonly lockOrder?: 'sorted' | 'opposed';
  /** Check of a statement before it runs; default: the grammar gate. */
  readonly gate?: StatementGate;
  /** Key and certificate for TCPS. With `requestCert`, clients need a certificate of `ca`. */
  readonly tls?: Pick<TlsOptions, 'key' | 'cert' | 'ca' | 'requestCert'>;
  /** Receives every byte that clients send, for recordings. */
  readonly arrived?: (session: number, bytes: Buffer) => void;
};

export type RoundTrip = { readonly session: number; readonly call: string };

export type OracleServer = {
  /** `127.0.0.1:port/service` */
  readonly connectString: string;
  readonly port: number;
  /** Returns the statements answered since the start or the last `clearLog`. */
  readonly statements: () => readonly StatementRecord[];
  /** Returns the calls after the login; each is one round trip. */
  readonly roundTrips: () => readonly RoundTrip[];
  readonly clearLog: () => void;
  readonly sessions: () => number;
  /**
   * Returns what clients reported about themselves at connect and login, since the start or the
   * last `clearLog`.
   */
  readonly logins: () => readonly LoginRecord[];
  readonly inject: (fault: Fault) => void;
  readonly clearFaults: () => void;
  readonly thaw: () => void;
  /** Refuses new clients as ORA-12541. With `sessions`, existing connections are broken too. */
  readonly stopListener: (options?: { readonly sessions?: boolean }) => Promise<void>;
  readonly startListener: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const createLockDirection = (order: OracleServerOptions['lockOrder']): (() => LockDirection | undefined) => {
  let backwards = false;
  return () => {
    if (order !== 'opposed') return undefined;
    backwards = !backwards;
    return backwards ? 'DESC' : 'ASC';
  };
};

/** Starts the stand-in. Each of its sessions is a session of the underlying PostgreSQL. */
export const openOracleServer = async (options: OracleServerOptions): Promise<OracleServer> => {
  const world = await openServerWorld(options);
  const faults = createFaultPlan(options.faults);
  const sockets = new Set<Socket>();
  let statements: StatementRecord[] = [];
  let roundTrips: RoundTrip[] = [];
  let logins: LoginRecord[] = [];
  let nextSession = 1;
  let port = options.port ?? 0;
  let listener: Server | undefined;
  const services = {
    world,
    faults,
    gate: options.gate ?? createStatementCheck(),
    openCursors: options.openCursors ?? 300,
    serverVersion: options.serverVersion ?? '19',
    lockDirection: createLockDirection(options.lockOrder),
    encryption: options.encryption,
    release: options.release,
    record: (entry: StatementRecord) => void statements.push(entry),
    recordLogin: (entry: LoginRecord) => void logins.push(entry),
  };
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serveSession(socket, nextSession++, services, {
      roundTrip: (session, call) => void roundTrips.push({ session, call }),
      ...(options.arrived === undefined ? {} : { arrived: options.arrived }),
      ended: () => undefined,
    });
  };
  const startListener = async (): Promise<void> => {
    if (listener !== undefined) return;
    // Node disconnects clients that do not speak TLS, or whose certificate is refused.
    listener = (options.tls ? createTlsServer(options.tls, accept) : createServer(accept)).listen(port, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
  };
  const stopListener: OracleServer['stopListener'] = async ({ sessions = false } = {}) => {
    const stopping = listener;
    listener = undefined;
    stopping?.close();
    if (sessions) for (const socket of sockets) socket.destroy();
  };
  await startListener();
  return {
    connectString: `127.0.0.1:${port}/${world.service}`,
    port,
    statements: () => statements,
    roundTrips: () => roundTrips,
    clearLog: () => {
      statements = [];
      roundTrips = [];
      logins = [];
    },
    logins: () => logins,
    sessions: () => sockets.size,
    inject: faults.inject,
    clearFaults: faults.clear,
    thaw: faults.thaw,
    stopListener,
    startListener,
    close: async () => {
      faults.clear();
      await stopListener({ sessions: true });
      await world.close();
    },
  };
};
