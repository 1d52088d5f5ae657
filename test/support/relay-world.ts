import type { Engine } from '../../shared/database/database';
import { type BridgeGround, type BridgeWorld, createBridgeGround, createBridgeWorld } from './bridge-world';
import type { ServiceProcess } from './service-process';
import { waitUntil } from './wait-until';

type Options = {
  readonly partitions?: number;
  /** One world for all tests of the suite, instead of a new one for each. */
  readonly once?: boolean;
};

/**
 * For suites about the relay as a process: a database for the suite; topics and an empty database
 * for each test.
 */
export const useRelayWorld = (engine: Engine, { once = false, ...options }: Options = {}) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  const open = async (): Promise<void> => {
    world = await createBridgeWorld({ ...options, ground });
  };
  const close = (): Promise<void> => world.close();
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
    if (once) await open();
  });
  afterAll(async () => {
    if (once) await close();
    await ground.close();
  });
  if (!once) {
    beforeEach(open);
    afterEach(close);
  }
  const count = async (from: string): Promise<number> =>
    Number((await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n);
  return {
    world: () => world,
    count,
    handed: () => count('client_sms_send'),
    parked: () => count('sm_relay_parked'),
  };
};

/** Returns the response of the service's readiness check. */
export const readinessOf = async (service: ServiceProcess): Promise<string> =>
  (await fetch(`http://127.0.0.1:${await service.ready()}/health/ready`)).text();

export const untilReady = (service: ServiceProcess): Promise<unknown> =>
  waitUntil(
    () => `ready; its last lines: ${JSON.stringify(service.log.slice(-4))}`,
    async () => /"status":"ready"/.test(await readinessOf(service)),
  );

/** Returns the number of failed transactions of a relay, from its metrics. */
export const failuresOf = async (relay: ServiceProcess): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${await relay.ready()}/metrics`)).text();
  return [...metrics.matchAll(/^sms_relay_failures_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
};
