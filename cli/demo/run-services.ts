import { BridgeError } from '../../shared/errors';
import { type Service, type ServiceStart, startService } from './child-processes';
import type { ServiceLogin } from './own-database';
import { waitUntil } from './wait-until';

const SERVICES: readonly ServiceLogin[] = [
  'gateway-simulator',
  'report-collector',
  'exchange-relay',
  'archiver',
  'producer',
];

export type ServiceWorld = {
  readonly brokers: string;
  readonly topicPrefix: string | undefined;
  readonly urls: Readonly<Record<ServiceLogin, string>>;
  /** settings of the user's Kafka or database: TLS, login, schema registry */
  readonly inherited: NodeJS.ProcessEnv;
  readonly run: string;
};

/** Variables that a service inherits. Others may belong to a real installation. */
const SYSTEM = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TZ', 'LANG', 'LC_ALL', 'SYSTEMROOT', 'NODE_EXTRA_CA_CERTS'] as const;

/**
 * The settings that differ from the defaults: free ports, short intervals, and a simulator that
 * keeps a copy of each answer.
 */
const SETTINGS: Readonly<Record<ServiceLogin, Readonly<Record<string, string>>>> = {
  producer: { HTTP_HOST: '127.0.0.1', HTTP_PORT: '0' },
  'exchange-relay': { DISPATCH_POLL_MS: '200' },
  'report-collector': {},
  archiver: { ACK_RETRY_SECONDS: '1' },
  'gateway-simulator': { SIMULATOR_KEEP_ANSWERS: 'true' },
};

const groupsOf = (run: string): Readonly<Record<string, string>> => ({
  RELAY_GROUP: `${run}-relay`,
  ARCHIVER_GROUP: `${run}-archiver`,
});

const toEnvironmentOf = (name: ServiceLogin, world: ServiceWorld): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(SYSTEM.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]))),
  ...world.inherited,
  KAFKA_BROKERS: world.brokers,
  ...(world.topicPrefix === undefined ? {} : { TOPIC_PREFIX: world.topicPrefix, ...groupsOf(world.run) }),
  DATABASE_URL: world.urls[name],
  INSTANCE_ID: `demo-${name}`,
  HEALTH_HOST: '127.0.0.1',
  HEALTH_PORT: '0',
  ...SETTINGS[name],
});

const logged = (service: Service, msg: string, field: string): string | undefined => {
  const value = service.log().find((line) => line.msg === msg)?.[field];
  return value === undefined ? undefined : String(value);
};

/** Returns the address of health and metrics; undefined until the service has started once. */
export const healthAddressOf = (service: Service): string | undefined => {
  const port = logged(service, 'ready', 'healthPort');
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
};

export const isReady = async (service: Service): Promise<boolean> => {
  const address = healthAddressOf(service);
  if (address === undefined) return false;
  const response = await fetch(`${address}/health/ready`).catch(() => undefined);
  return response?.ok === true;
};

/** The ports of the first start: what was printed stays true. */
const samePorts = (service: Service): NodeJS.ProcessEnv => {
  const [health, http] = [healthAddressOf(service), logged(service, 'http', 'address')];
  return {
    ...(health === undefined ? {} : { HEALTH_PORT: new URL(health).port }),
    ...(http === undefined ? {} : { HTTP_PORT: new URL(http).port }),
  };
};

/** @param onKilled called when a service was killed, before it is started again */
export const startServices = (
  world: ServiceWorld,
  options: Pick<ServiceStart, 'logDirectory' | 'watchdog' | 'onDeath'> & {
    readonly onKilled: (name: string, how: string) => void;
  },
): readonly Service[] =>
  SERVICES.map((name) => {
    const env = toEnvironmentOf(name, world);
    return startService({
      ...options,
      name,
      main: `dist/services/${name}/main.js`,
      env,
      onKilled: (service, how) => {
        options.onKilled(name, how);
        return { ...env, ...samePorts(service) };
      },
    });
  });

/**
 * Resolves when every service reports that it is ready.
 * @throws BridgeError DEMO_STUCK, or the reason of the signal
 */
export const untilReady = (services: readonly Service[], signal: AbortSignal): Promise<void> =>
  waitUntil(
    async () => {
      const ready = await Promise.all(services.map(isReady));
      const waiting = services.filter((_, index) => !ready[index]).map(({ name }) => name);
      return waiting.length === 0 ? 'done' : `not ready: ${waiting.join(', ')}`;
    },
    { signal, patienceMs: 60_000, what: 'the services', everyMs: 50 },
  );

/**
 * Returns the address of the producer's HTTP interface, read from its log.
 * @throws BridgeError DEMO_HTTP
 */
export const httpAddressOf = (services: readonly Service[]): string => {
  const producer = services.find(({ name }) => name === 'producer');
  const address = producer && logged(producer, 'http', 'address');
  if (address === undefined) throw new BridgeError('DEMO_HTTP', 'the producer does not log its HTTP address');
  return address;
};

/**
 * Runs the night job once, now.
 * @param killAfterMs kills it after that time, and runs it again
 * @throws BridgeError SERVICE_DIED when it fails
 */
export const runNightJob = async (
  world: ServiceWorld,
  spawnOptions: Pick<ServiceStart, 'logDirectory' | 'watchdog'>,
  killAfterMs?: number,
): Promise<void> => {
  let problem: BridgeError | undefined;
  const env = { ...toEnvironmentOf('archiver', world), INSTANCE_ID: 'demo-night-job' };
  const job = startService({
    name: 'night-job',
    main: 'dist/services/archiver/main.js',
    args: ['--once'],
    env,
    ...spawnOptions,
    onDeath: (error) => {
      problem = error;
    },
    onKilled: (_, how) => (how === 'SIGKILL' ? env : undefined),
  });
  const kill = killAfterMs === undefined ? undefined : setTimeout(job.kill, killAfterMs);
  await job.ended;
  clearTimeout(kill);
  if (problem !== undefined) throw problem;
};
