import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ConfigDefinition, ConfigOf, Variables } from '../config/define-config';
import { describeConfig, loadConfig } from '../config/define-config';
import { findMisspelt } from '../config/misspelt-variables';
import { messageOf } from '../errors';
import { adviceByCode } from '../faults/advice';
import { type CrashPoint, createCrashPoint } from './crash-point';
import { createLogger } from './create-logger';
import { createMetrics } from './create-metrics';
import { openHealthServer } from './health-server';
import { installStop, type Stop, toError } from './install-stop';

/** The context that a service's `main` gets. */
export type ServiceContext<C> = {
  readonly config: C;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Fires when the process must stop. Every wait observes it. */
  readonly signal: AbortSignal;
  /**
   * Registers the close of a component that was just opened. Closes run once, in reverse order,
   * each awaited.
   */
  readonly defer: (name: string, close: () => unknown) => void;
  /**
   * Adds a component to /health/ready. `check` returns undefined if it is well, else its problem.
   */
  readonly ready: (component: string, check: () => string | undefined) => void;
  /**
   * Logs the error, closes all and exits with 1: a person must act, and continuing would do harm.
   */
  readonly fatal: (error: Error) => void;
  readonly argv: readonly string[];
  readonly crashPoint: CrashPoint;
};

type BaseConfig = {
  readonly LOG_LEVEL: string;
  readonly HEALTH_HOST: string;
  readonly HEALTH_PORT: number;
  readonly INSTANCE_ID: string;
};

type Closer = { readonly name: string; readonly close: () => unknown };

const closeAll = async (closers: Closer[], logger: Logger): Promise<void> => {
  for (const { name, close } of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      logger.warn({ component: name, err: messageOf(error) }, 'closing failed');
    }
  }
};

/**
 * Returns the configuration. If it is invalid, writes why, sets exit code 2 and returns undefined.
 */
const readConfig = <V extends Variables>(definition: ConfigDefinition<V>): ConfigOf<V> | undefined => {
  try {
    return loadConfig(definition, process.env);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nSee --help for every variable.\n`);
    process.exitCode = 2;
    return undefined;
  }
};

/** Opens the health server. A port in use ends the process at once. */
const openHealth = async (service: string, { HEALTH_HOST: host, HEALTH_PORT: port }: BaseConfig, stop: Stop) => {
  const metrics = new Registry();
  // The default timer fires every 10 ms, which is most of the work of an idle process.
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: 500 });
  const checks = new Map<string, () => string | undefined>();
  let started = false;
  const problems = () => {
    if (stop.signal.aborted) return { service: 'stopping' };
    const found = [...checks]
      .map(([component, check]) => [component, check()] as const)
      .filter(([, problem]) => problem !== undefined);
    return { ...(started ? {} : { service: 'starting' }), ...Object.fromEntries(found) };
  };
  createMetrics(metrics).gauge(
    'sms_service_ready',
    '1 while /health/ready is 200; 0 while the service starts, cannot work or stops',
    [],
    (isReady) => isReady.set(Object.keys(problems()).length === 0 ? 1 : 0),
  );
  const server = await openHealthServer({ host, port, metrics, problems }).catch((error: unknown) => {
    process.stderr.write(
      `${service}: cannot listen on HEALTH_PORT ${port}: ${messageOf(error)}. ${adviceByCode(error) ?? ''}\n`,
    );
    process.exit(1);
  });
  return {
    ...server,
    metrics,
    ready: (component: string, check: () => string | undefined) => void checks.set(component, check),
    started: () => {
      started = true;
    },
  };
};

/**
 * Runs one service from start to exit: `--help`, configuration, logger, health and metrics,
 * `start`. Then waits for SIGTERM, SIGINT or a fatal error, closes in reverse order and sets the
 * exit code: 0 after a signal, 1 after a fatal error, 2 for a wrong configuration.
 * @param start may return 'done' after a one-shot run: then the service closes and exits with 0
 */
export const runService = async <V extends Variables>(
  definition: ConfigDefinition<V>,
  start: (context: ServiceContext<ConfigOf<V>>) => Promise<'done' | undefined>,
): Promise<void> => {
  const { service } = definition;
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(describeConfig(definition));
    return;
  }
  const config = readConfig(definition);
  if (config === undefined) return;
  const base = config as unknown as BaseConfig;
  const logger = createLogger(base.LOG_LEVEL, { service, instance: base.INSTANCE_ID });
  for (const text of findMisspelt(definition.variables, process.env)) logger.warn(text);
  const stop = installStop(logger);
  const { signal, fatal } = stop;
  const startedAt = Date.now();
  const health = await openHealth(service, base, stop);
  const { metrics, ready } = health;
  const closers: Closer[] = [{ name: 'health', close: health.close }];
  const defer = (name: string, close: () => unknown) => void closers.push({ name, close });

  try {
    const crashPoint = createCrashPoint(process.env);
    const outcome = await start({ config, logger, metrics, signal, defer, ready, fatal, argv, crashPoint });
    health.started();
    logger.info({ healthPort: health.port, startMs: Date.now() - startedAt }, 'ready');
    if (outcome === 'done') stop.request('the run is done');
  } catch (error) {
    // Stopped during the start: the error is only a consequence of the stop.
    if (signal.aborted) logger.info({ err: messageOf(error) }, 'the start was interrupted');
    else fatal(toError(error));
  }
  await stop.requested;
  await closeAll(closers, logger);
  const exitCode = stop.exitCode();
  logger[exitCode === 0 ? 'info' : 'fatal']({ exitCode }, `stopped: ${stop.reason()}`);
  process.exit(exitCode);
};
