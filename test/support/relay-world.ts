import type { Engine } from '../../shared/database/database';
import { type BridgeGround, type BridgeWorld, createBridgeGround, createBridgeWorld } from './bridge-world';
import type { ServiceProcess } from './service-process';
import { waitUntil } from './wait-until';

type Options = {
  readonly partitions?: number;
  /** one world for all tests of the suite, instead of a new one for each */
  readonly once?: boolean;
};

/** For suites about the relay as a process: a database for the suite, and topics and an empty database for each of its tests. */
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
  /** rows of `from`, which may have a condition */
  const count = async (from: string): Promise<number> =>
    Number((await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${from}`))[0]?.n);
  return {
    world: () => world,
    count,
    handed: () => count('client_sms_send'),
    parked: () => count('sm_relay_parked'),
  };
};

/** What it says about itself to who asks whether it is ready. */
export const readinessOf = async (service: ServiceProcess): Promise<string> =>
  (await fetch(`http://127.0.0.1:${await service.ready()}/health/ready`)).text();

export const untilReady = (service: ServiceProcess): Promise<unknown> =>
  waitUntil(
    () => `ready; the last lines: ${JSON.stringify(service.log.slice(-4))}`,
    async () => /"ready"/.test(await readinessOf(service)),
  );

/** How many transactions of a relay have failed, by its metrics. */
export const failuresOf = async (relay: ServiceProcess): Promise<number> => {
  const metrics = await (await fetch(`http://127.0.0.1:${await relay.ready()}/metrics`)).text();
  return [...metrics.matchAll(/^sms_relay_failures_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
};
