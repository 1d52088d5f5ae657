import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BridgeError, messageOf } from '../../shared/errors';
import { createPassword } from '../accounts/database-login';
import { packageRoot } from './child-processes';
import type { Server } from './start-server';

/**
 * The part of `oracle-stand-in/spawn-oracle-server.ts` that the demo uses. Declared here instead of
 * imported, because the command line is compiled and shipped without the stand-in.
 */
export type SpawnStandIn = (options: {
  readonly postgresUrl: string;
  readonly users: Readonly<Record<string, { readonly password: string; readonly privileges: readonly string[] }>>;
  readonly hasty: boolean;
}) => Promise<{
  readonly connectString: string;
  readonly exited: Promise<number | null>;
  readonly close: () => Promise<void>;
}>;

export const NOT_ORACLE = `This is NOT Oracle. It is a stand-in that speaks Oracle's protocol to the
unmodified driver, and keeps its rows in a PostgreSQL. It shows that the
services and their statements for Oracle work together; it does not show how an
Oracle server runs them (oracle-stand-in/README.md).`;

const script = (): string => join(packageRoot(), 'dist', 'oracle-stand-in', 'spawn-oracle-server.js');

/**
 * Fails before anything is started when the package comes without the stand-in.
 * @throws BridgeError STAND_IN_MISSING
 */
export const requireStandIn = (): void => {
  if (existsSync(script())) return;
  throw new BridgeError(
    'STAND_IN_MISSING',
    'this package comes without the stand-in for Oracle: run `npm start -- --engine oracle` in a clone of the repository, ' +
      'or give the demo an Oracle server with --database oracle://user:password@host:port/service',
  );
};

/**
 * Starts the stand-in on a PostgreSQL, as a child process that ends with this one. Returns the
 * address of an account with the role DBA.
 * @throws BridgeError SERVER_FAILED
 */
export const startStandIn = async (postgresUrl: string, onDeath: (error: BridgeError) => void): Promise<Server> => {
  const { spawnOracleServer } = (await import(pathToFileURL(script()).href)) as { spawnOracleServer: SpawnStandIn };
  const password = createPassword();
  const server = await spawnOracleServer({
    postgresUrl,
    users: { DBADMIN: { password, privileges: ['DBA'] } },
    // Answers statements before the grammar has checked them: its first start can take a minute.
    hasty: true,
  }).catch((error: unknown) => {
    throw new BridgeError('SERVER_FAILED', messageOf(error), { cause: error });
  });
  let stopping = false;
  void server.exited.then((code) => {
    if (!stopping) onDeath(new BridgeError('SERVICE_DIED', `the stand-in for Oracle has ended (exit status ${code})`));
  });
  return {
    address: `oracle://DBADMIN:${password}@${server.connectString}`,
    stop: () => {
      stopping = true;
      return server.close();
    },
  };
};
