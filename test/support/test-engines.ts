import type { Engine } from '../../shared/database/database';
import { remoteUrl } from './oracle-remote/remote-oracle';

const ENGINES = ['pg', 'oracledb'] as const satisfies readonly Engine[];

/** Both engines, or the one that TEST_ENGINE names. */
const chosen = (): readonly Engine[] => {
  const only = process.env.TEST_ENGINE;
  if (only === undefined || only === '') return ENGINES;
  if (only !== 'pg' && only !== 'oracledb') throw new Error(`TEST_ENGINE is ${only}: it must be pg or oracledb`);
  return [only];
};

/** The grammar takes seconds for a new statement. */
const patient = (engines: readonly Engine[]): void => {
  if (engines.includes('oracledb')) jest.setTimeout(300_000);
};

/**
 * Runs the suite on PostgreSQL and on Oracle (the stand-in): the behaviour must be the same.
 * Databases come from `createTestDatabase(names, engine)`.
 */
export const onEachEngine = (name: string, suite: (engine: Engine) => void): void => {
  const engines = chosen();
  patient(engines);
  describe.each(engines)(`${name} (%s)`, (engine) => suite(engine));
};

/** Runs a slow suite of whole bridges on PostgreSQL, or on the engine that TEST_ENGINE names. */
export const onOneEngine = (name: string, suite: (engine: Engine) => void): void => {
  const [engine] = chosen() as readonly [Engine];
  patient([engine]);
  describe(`${name} (${engine})`, () => suite(engine));
};

/**
 * Runs a suite about Oracle on the server that ORACLE_TEST_URL names, or on the stand-in, which is
 * trusted because it passes the suites that a real server passes.
 */
export const onOracle = (name: string, suite: () => void): void => {
  patient(['oracledb']);
  describe(name, suite);
};

/**
 * Runs a suite that inspects the stand-in or makes it fail. With ORACLE_TEST_URL the suite is left
 * out, and a line reports it.
 */
export const onStandIn = (name: string, suite: () => void): void => {
  if (remoteUrl() !== undefined) {
    process.stdout.write(`left out on this server, because it needs the stand-in: ${name}\n`);
    return;
  }
  patient(['oracledb']);
  describe(name, suite);
};
