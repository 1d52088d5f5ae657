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

/** The grammar takes seconds for a statement that it has not seen before. */
const patient = (engines: readonly Engine[]): void => {
  if (engines.includes('oracledb')) jest.setTimeout(300_000);
};

/**
 * The same suite on PostgreSQL and on Oracle (the stand-in); what it is about must not differ. It makes its databases with `createTestDatabase(names, engine)`.
 */
export const onEachEngine = (name: string, suite: (engine: Engine) => void): void => {
  const engines = chosen();
  patient(engines);
  describe.each(engines)(`${name} (%s)`, (engine) => suite(engine));
};

/** For suites of whole bridges that take long: on PostgreSQL, or on the engine that TEST_ENGINE names. */
export const onOneEngine = (name: string, suite: (engine: Engine) => void): void => {
  const [engine] = chosen() as readonly [Engine];
  patient([engine]);
  describe(`${name} (${engine})`, () => suite(engine));
};

/** A suite about Oracle alone: on the server that ORACLE_TEST_URL names, or on the stand-in, which is trusted because it passes what a real one passes. */
export const onOracle = (name: string, suite: () => void): void => {
  patient(['oracledb']);
  describe(name, suite);
};

/**
 * A suite that looks into the stand-in, or makes it fail: not for the real Oracle that ORACLE_TEST_URL names, where it is left out, and says so.
 */
export const onStandIn = (name: string, suite: () => void): void => {
  if (remoteUrl() !== undefined) {
    process.stdout.write(`left out on this server, because it needs the stand-in: ${name}\n`);
    return;
  }
  patient(['oracledb']);
  describe(name, suite);
};
