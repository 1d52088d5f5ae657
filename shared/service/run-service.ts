import { type Logger, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ConfigDefinition, ConfigOf, Variables } from '../config/define-config';
import { describeConfig, loadConfig } from '../config/define-config';
import { messageOf } from '../errors';
import { openHealthServer } from './health-server';

/** What a service's `main` gets to wire with. */
export type ServiceContext<C> = {
  readonly config: C;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Fires when the process was asked to stop: every wait hears it. */
  readonly signal: AbortSignal;
  /** Registers the close of what was just opened. Closes run once, in reverse order, each awaited. */
  readonly defer: (name: string, close: () => unknown) => void;
  /** A part of /health/ready: returns undefined when it is well, else what is wrong with it. */
  readonly ready: (part: string, check: () => string | undefined) => void;
  /** Somebody must act, and going on would do harm: log it, close all, exit 1. */
  readonly fatal: (error: Error) => void;
  readonly argv: readonly string[];
};

type BaseConfig = {
  readonly LOG_LEVEL: string;
  readonly HEALTH_HOST: string;
  readonly HEALTH_PORT: number;
  readonly INSTANCE_ID: string;
};

/** SIGTERM must end in a process that is gone within 10 s; the last seconds belong to a close that hangs. */
const DRAIN_LIMIT_MS = 9_000;

const closeAll = async (closers: { name: string; close: () => unknown }[], logger: Logger): Promise<void> => {
  for (const { name, close } of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      logger.warn({ part: name, err: messageOf(error) }, 'closing failed');
    }
  }
};

/**
 * Runs one service from start to exit: `--help`, configuration, logger, health and metrics, `start`, then waits for SIGTERM/SIGINT or a fatal
 * error, closes in reverse order and sets the exit code (0 after a signal, 1 after a fatal error, 2 for a bad configuration). `start` may return `'done'` for a
 * one-shot run: then it closes and exits 0.
 */
export const runService = async <V extends Variables>(
  definition: ConfigDefinition<V>,
  start: (context: ServiceContext<ConfigOf<V>>) => Promise<'done' | undefined>,
): Promise<void> => {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(describeConfig(definition));
    return;
  }
  let config: ConfigOf<V>;
  try {
    config = loadConfig(definition, process.env);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nSee --help for every variable.\n`);
    process.exitCode = 2;
    return;
  }
  const base = config as unknown as BaseConfig;
  const logger = pino({ level: base.LOG_LEVEL, base: { service: definition.service, instance: base.INSTANCE_ID } });
  const metrics = new Registry();
  // its timer would fire every 10 ms for ever otherwise: most of what an idle process does
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: 500 });
  const closers: { name: string; close: () => unknown }[] = [];
  const checks = new Map<string, () => string | undefined>();
  const stopping = new AbortController();
  let exitCode = 0;
  const stop = new Promise<void>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  // from the signal on, and not from the end of the start: that may be what hangs
  const leaveInTime = (): void => {
    setTimeout(() => {
      logger.error({ limitMs: DRAIN_LIMIT_MS }, 'draining took too long; leaving now');
      process.exit(exitCode || 1);
    }, DRAIN_LIMIT_MS).unref();
  };
  stopping.signal.addEventListener('abort', leaveInTime, { once: true });
  const fatal = (error: Error): void => {
    logger.fatal(
      { err: { code: (error as { code?: string }).code, message: error.message, stack: error.stack } },
      'stopping: someone must act',
    );
    exitCode = (error as { code?: string }).code === 'CONFIG_INVALID' ? 2 : 1;
    stopping.abort();
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      logger.info({ signal: name }, 'draining');
      stopping.abort();
    });
  }
  process.on('unhandledRejection', (reason) => fatal(reason instanceof Error ? reason : new Error(String(reason))));
  process.on('uncaughtException', fatal);

  const startedAt = Date.now();
  let started = false;
  const health = await openHealthServer({
    host: base.HEALTH_HOST,
    port: base.HEALTH_PORT,
    metrics,
    problems: () => {
      if (stopping.signal.aborted) return { service: 'stopping' };
      const problems = [...checks]
        .map(([part, check]) => [part, check()] as const)
        .filter(([, problem]) => problem !== undefined);
      return { ...(started ? {} : { service: 'starting' }), ...Object.fromEntries(problems) };
    },
  }).catch((error: unknown) => {
    process.stderr.write(
      `${definition.service}: cannot listen on HEALTH_PORT ${base.HEALTH_PORT}: ${messageOf(error)}\n`,
    );
    process.exit(1);
  });
  closers.push({ name: 'health', close: health.close });

  try {
    const outcome = await start({
      config,
      logger,
      metrics,
      signal: stopping.signal,
      defer: (name, close) => closers.push({ name, close }),
      ready: (part, check) => checks.set(part, check),
      fatal,
      argv,
    });
    started = true;
    logger.info({ healthPort: health.port, startMs: Date.now() - startedAt }, 'ready');
    if (outcome === 'done') stopping.abort();
  } catch (error) {
    // asked to stop while it was starting: what that broke off is nobody's fault
    if (stopping.signal.aborted) logger.info({ err: messageOf(error) }, 'the start was broken off');
    else fatal(error instanceof Error ? error : new Error(String(error)));
  }
  await stop;
  await closeAll(closers, logger);
  logger.info({ exitCode }, 'stopped');
  process.exit(exitCode);
};
