import { Client, Pool } from 'pg';
import { toNormalText } from '../sql/tokens';
import { createAccounts, OWNER_PRIVILEGES } from './accounts';
import { createColumnCatalog } from './describe-columns';
import { installCatalog } from './install-catalog';
import { serverCharacters } from './server-characters';
import type { BlockHandler, ServerWorld } from './server-world';

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

export type WorldOptions = {
  /** A database of its own on a real PostgreSQL, as a superuser. */
  readonly postgresUrl: string;
  readonly users: Readonly<Record<string, string | OracleUser>>;
  /** Default: STANDIN. */
  readonly service?: string;
  /** NLS_CHARACTERSET of a new database; default: AL32UTF8. */
  readonly characterSet?: string;
  /** Default: EE. A Standard Edition has no ONLINE and no partitions. */
  readonly edition?: ServerWorld['edition'];
  /** Handlers, by text, of anonymous blocks that are more than a sequence of statements. */
  readonly blocks?: Readonly<Record<string, BlockHandler>>;
};

const connect = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url, application_name: 'oracle-stand-in' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const byNormalText = <T>(handlers: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> =>
  new Map(Object.entries(handlers ?? {}).map(([text, handler]) => [toNormalText(text), handler]));

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

/** Opens what all sessions share: the catalog, the accounts, and connections of a superuser. */
export const openServerWorld = async (
  options: WorldOptions,
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
