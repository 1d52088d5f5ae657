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
  /** `10G`: its password was last set on an old server, or for one; no thin client can log in */
  readonly verifier?: '10G';
  /** accounts that may log in as this one, `proxy[user]` */
  readonly proxies?: readonly string[];
  /** system privileges; default: those of an owner of tables. `DBA` may do everything. */
  readonly privileges?: readonly string[];
};

export type OracleServerOptions = {
  /** a database of its own on a real PostgreSQL, as a superuser */
  readonly postgresUrl: string;
  readonly users: Readonly<Record<string, string | OracleUser>>;
  readonly port?: number;
  /** default: STANDIN */
  readonly service?: string;
  /** NLS_CHARACTERSET, of a database that is new; default: AL32UTF8 */
  readonly characterSet?: string;
  /** default: EE; a Standard Edition has no ONLINE and no partitions */
  readonly edition?: ServerWorld['edition'];
  /** SQLNET.ENCRYPTION_SERVER; a thin client has none, so that `required` lets nobody in */
  readonly encryption?: 'required';
  /** `11.2`: it speaks as that release does, with which no thin client goes on */
  readonly release?: '11.2';
  readonly faults?: readonly Fault[];
  /** open cursors of a session, Oracle's default: 300 */
  readonly openCursors?: number;
  /** default: 19. What it changes is what a version gets wrong: before 23.6, the row counts of a MERGE some of whose rows failed */
  readonly serverVersion?: ServerVersion;
  /** in which order FOR UPDATE locks what it returns sorted; `opposed`: every second one backwards */
  readonly lockOrder?: 'sorted' | 'opposed';
  /** what stands for anonymous blocks that are more than statements in a row, by their text */
  readonly blocks?: Readonly<Record<string, BlockHandler>>;
  /** what a statement must pass before it is run; default: the grammar gate */
  readonly gate?: StatementGate;
  /** TCPS: its key and certificate; with `requestCert`, clients must have a certificate of `ca` */
  readonly tls?: Pick<TlsOptions, 'key' | 'cert' | 'ca' | 'requestCert'>;
  /** every byte that clients send, for recordings */
  readonly arrived?: (session: number, bytes: Buffer) => void;
};

export type RoundTrip = { readonly session: number; readonly call: string };

export type OracleServer = {
  /** `127.0.0.1:port/service` */
  readonly connectString: string;
  readonly port: number;
  /** statements answered since the start or the last `clearLog` */
  readonly statements: () => readonly StatementRecord[];
  /** calls after the log-in, each of them one round trip */
  readonly roundTrips: () => readonly RoundTrip[];
  readonly clearLog: () => void;
  readonly sessions: () => number;
  /** what clients said of themselves when they connected and logged in, since the start or the last `clearLog` */
  readonly logins: () => readonly LoginRecord[];
  readonly inject: (fault: Fault) => void;
  readonly clearFaults: () => void;
  readonly thaw: () => void;
  /** ORA-12541 for who comes; with `sessions`, those that are there are broken off too */
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

/** Starts the stand-in. Each of its sessions is a session of the real PostgreSQL behind it. */
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
    // a client whose certificate is refused, or that speaks no TLS, is broken off by Node
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
