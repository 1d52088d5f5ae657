import { toDatabaseSettings } from '../../shared/config/database-variables';
import { loadDatabaseSettings } from '../connect/settings';
import type { DemoEngine } from './choose-engine';
import { startStandIn } from './oracle-stand-in';
import { createOwnDatabase, type DemoDatabase, type OwnDatabase, type ServerSettings, toServer } from './own-database';
import { provisionOnPostgres } from './own-database-postgres';
import { provisionOnOracle } from './own-schema-oracle';
import { startServer } from './start-server';
import type { WorldRequest } from './world';

export const matching = (env: NodeJS.ProcessEnv, pattern: RegExp): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => pattern.test(name)));

type Ours = { readonly serverGoesToo: boolean };

const PROVISION: Readonly<Record<DemoEngine, (server: ServerSettings, options: Ours) => DemoDatabase>> = {
  pg: provisionOnPostgres,
  oracle: provisionOnOracle,
};

/** Starts the demo's own server. Returns its address, with an account that has all rights. */
const startOurs = async ({ database, signal, defer, say, onDeath }: WorldRequest): Promise<string> => {
  const postgres = await startServer('postgres', { signal, note: say });
  defer(postgres.stop);
  if (database.engine === 'pg') return postgres.address;
  const standIn = await startStandIn(postgres.address, onDeath);
  defer(standIn.stop);
  return standIn.address;
};

/**
 * Creates the demo's tables, on a server that it starts or on the server of `--database`.
 * Everything opened is closed through `defer`.
 * @throws BridgeError DEMO_DATABASE, DB_…
 */
export const openTables = async (
  request: WorldRequest,
): Promise<{ readonly database: OwnDatabase; readonly inherited: NodeJS.ProcessEnv }> => {
  const { context, database: chosen, defer, say } = request;
  const settings = loadDatabaseSettings(chosen.ours ? { DATABASE_URL: await startOurs(request) } : context.env);
  const server = toServer(toDatabaseSettings(settings, 'demo'));
  const demoDatabase = PROVISION[chosen.engine](server, { serverGoesToo: chosen.ours });
  const database = await createOwnDatabase(demoDatabase);
  defer(database.drop);
  say(database.where);
  const theirs = chosen.ours ? {} : matching(context.env, /^(DATABASE_TLS|ORACLE_|TNS_ADMIN$)/);
  return { database, inherited: { ...theirs, ...database.env } };
};
