import type { Service } from './child-processes';
import { isReady } from './run-services';
import { pause, waitUntil } from './wait-until';

export type KillRequest = {
  readonly services: readonly Service[];
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
};

/** The province's simulator is not ours to kill. */
const SPARED = 'gateway-simulator';

const BETWEEN_KILLS_MS = { least: 200, most: 1_500 };
const READY_WITHIN_MS = 60_000;

const shuffled = <T>(all: readonly T[]): readonly T[] =>
  all
    .map((one) => ({ one, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);

const randomPause = (signal: AbortSignal): Promise<void> =>
  pause(BETWEEN_KILLS_MS.least + Math.random() * (BETWEEN_KILLS_MS.most - BETWEEN_KILLS_MS.least), signal);

/**
 * Kills the services with SIGKILL at random times, in rounds of random order, until `stop`, each at
 * least once; says each kill. `stop` resolves when all of them are ready again, to the number of
 * kills by service.
 * @throws BridgeError DEMO_STUCK when one is not ready again, or the reason of the signal
 */
export const killAtRandom = ({ services, signal, say }: KillRequest) => {
  const kills = new Map<string, number>();
  let stopping = false;

  const killOne = async (service: Service): Promise<void> => {
    const since = Date.now();
    await service.kill();
    kills.set(service.name, (kills.get(service.name) ?? 0) + 1);
    const wait = { signal, patienceMs: READY_WITHIN_MS, what: service.name, everyMs: 50 };
    await waitUntil(async () => ((await isReady(service)) ? 'done' : 'not ready'), wait);
    say(`kill -9 ${service.name.padEnd(16)}  ready again after ${((Date.now() - since) / 1000).toFixed(1)} s`);
  };

  const run = async (): Promise<void> => {
    const targets = services.filter(({ name }) => name !== SPARED);
    for (;;) {
      for (const service of shuffled(targets)) {
        await randomPause(signal);
        if (stopping && kills.size === targets.length) return;
        await killOne(service);
      }
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    /** Rejects when a service does not come back. */
    running,
    stop: async (): Promise<ReadonlyMap<string, number>> => {
      stopping = true;
      await running;
      return kills;
    },
  };
};
