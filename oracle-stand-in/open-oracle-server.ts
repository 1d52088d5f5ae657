import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Client, Pool } from 'pg';
import { createAccounts, OWNER_PRIVILEGES } from './backend/accounts';
import { createColumnCatalog } from './backend/describe-columns';
import { installCatalog } from './backend/install-catalog';
import type { LockDirection } from './backend/run-query';
import { serverCharacters } from './backend/server-characters';
import type { BlockHandler, ServerWorld } from './backend/server-world';
import { createFaultPlan, type Fault } from './faults';
import { createStatementCheck } from './grammar/check-statement';
import type { ServerVersion } from './session/reported-counts';
import { serveSession } from './session/serve-session';
import type { LoginRecord, StatementGate, StatementRecord } from './session/session-state';
import { toNormalText } from './sql/tokens';

export type OracleUser = {
  readonly password: string;
  readonly locked?: boolean;
  /** `10G`: the password has only the verifier of 10g, with which no thin client can log in. */
  readonly verifier?: '10G';
  /** Accounts that may log in as this one, `proxy[user]`. */
  readonly proxies?: readonly string[];
  /** System privileges; default: those of an owner of tables. `DBA` allows everything. */
  readonly privileges?: readonly string[];
};

export type OracleServerOptions = {
  /** A database of its own on a real PostgreSQL, as a superuser. */
  readonly postgresUrl: string;
  readonly users: Readonly<Record<string, string | OracleUser>>;
  readonly port?: number;
  /** Default: STANDIN. */
  readonly service?: string;
  /** NLS_CHARACTERSET of a new database; default: AL32UTF8. */
  readonly characterSet?: string;
  /** Default: EE. A Standard Edition has no ONLINE and no partitions. */
  readonly edition?: ServerWorld['edition'];
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
  /** Handlers, by text, of anonymous blocks that are more than a sequence of statements. */
  readonly blocks?: Readonly<Record<string, BlockHandler>>;
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

const connect = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url, application_name: 'oracle-stand-in' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const byNormalText = <T>(handlers: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> =>
  new Map(Object.entries(handlers ?? {}).map(([text, handler]) => [toNormalText(text), handler]));

const createLockDirection = (order: OracleServerOptions['lockOrder']): (() => LockDirection | undefined) => {
  let backwards = false;
  return () => {
    if (order !== 'opposed') return undefined;
    backwards = !backwards;
    return backwards ? 'DESC' : 'ASC';
  };
};

const createDictionary = (reader: Pool) => {
  let read: ReturnType<ServerWorld['dictionary']> | undefined;
  const load = async () => {
    const synonyms = await reader.query('SELECT owner, synonym_name, table_owner, table_name FROM ora.synonyms');
    const tablespaces = await reader.query('SELECT tablespace_name FROM ora.tablespaces');
    return {
      synonyms: new Map(
        synonyms.rows.map((row) => [
          `${row.owner}.${row.synonym_name}`,
          { owner: row.table_owner as string, name: row.table_name as string },
        ]),
      ),
      tablespaces: new Set(tablespaces.rows.map((row) => row.tablespace_name as string)),
    };
  };
  return {
    dictionary: () => {
      read ??= load();
      return read;
    },
    forget: () => {
      read = undefined;
    },
  };
};

const createWorld = async (
  options: OracleServerOptions,
): Promise<ServerWorld & { readonly close: () => Promise<void> }> => {
  const admin = await connect(options.postgresUrl);
  const reader = new Pool({ connectionString: options.postgresUrl, application_name: 'oracle-stand-in', max: 3 });
  reader.on('error', () => undefined);
  const characters = serverCharacters(options.characterSet ?? 'AL32UTF8');
  await installCatalog(admin, characters);
  const columns = createColumnCatalog(reader);
  const { dictionary, forget } = createDictionary(reader);
  let queue: Promise<unknown> = Promise.resolve();
  const accounts = createAccounts(reader, new URL(options.postgresUrl).pathname);
  for (const [name, given] of Object.entries(options.users)) {
    const user: OracleUser = typeof given === 'string' ? { password: given } : given;
    const username = name.toUpperCase();
    if ((await accounts.find(username)) === undefined) await accounts.create(username, user);
    else await accounts.set(username, user);
    await accounts.grantPrivileges(username, user.privileges ?? OWNER_PRIVILEGES);
  }
  return {
    admin,
    reader,
    url: options.postgresUrl,
    characters,
    service: (options.service ?? 'STANDIN').toUpperCase(),
    edition: options.edition ?? 'EE',
    accounts,
    has10G: (username) =>
      Object.entries(options.users).some(
        ([name, user]) => name.toUpperCase() === username && typeof user !== 'string' && user.verifier === '10G',
      ),
    mayProxy: (proxy, target) =>
      Object.entries(options.users).some(
        ([name, user]) =>
          name.toUpperCase() === target &&
          typeof user !== 'string' &&
          (user.proxies ?? []).some((allowed) => allowed.toUpperCase() === proxy),
      ),
    columns,
    blocks: byNormalText(options.blocks),
    dictionary,
    exclusively: (work) => {
      const done = queue.then(work);
      queue = done.catch(() => undefined);
      return done;
    },
    changed: () => {
      columns.forget();
      forget();
    },
    close: async () => {
      await admin.end();
      await reader.end();
    },
  };
};

/** Starts the stand-in. Each of its sessions is a session of the underlying PostgreSQL. */
export const openOracleServer = async (options: OracleServerOptions): Promise<OracleServer> => {
  const world = await createWorld(options);
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
