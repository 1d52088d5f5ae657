import type { Logger } from 'pino';
import { messageOf } from '../errors';
import type { Account, AccountLimits } from './load-accounts';

/**
 * An application as its accounts describe it: enabled while one of them is, with the first
 * extension and the first of each limit among them.
 */
export type Application = {
  readonly appId: string;
  readonly extCode: string | null;
  readonly enabled: boolean;
  readonly limits?: AccountLimits;
};

/** A copy of LOGIN_USER in memory: looking up an application must not cost a query. */
export type ApplicationDirectory = {
  readonly application: (appId: string) => Application | undefined;
  readonly applications: () => readonly Application[];
  readonly account: (username: string) => Account | undefined;
  /**
   * Must be called before the look-ups of these applications. Reads LOGIN_USER again, at most once
   * a second, when one of them is unknown or disabled, so that an application that was just
   * registered is not refused.
   * @throws BridgeError DB_…: the registered applications are unknown then
   */
  readonly refreshIfUnknown: (appIds: Iterable<string>) => Promise<void>;
  /**
   * Reads again, unless that was done within the last second.
   * @throws BridgeError DB_…
   */
  readonly refresh: () => Promise<void>;
  readonly close: () => void;
};

const firstLimits = (known: AccountLimits | undefined, limits: AccountLimits): AccountLimits => ({
  rateMessages: known?.rateMessages ?? limits.rateMessages,
  rateBytes: known?.rateBytes ?? limits.rateBytes,
  maxPending: known?.maxPending ?? limits.maxPending,
});

/** Returns the applications by code. The accounts must be in the order of their names. Pure. */
export const toApplications = (accounts: readonly Account[]): ReadonlyMap<string, Application> => {
  const applications = new Map<string, Application>();
  for (const { appId, extCode, enabled, limits } of accounts) {
    if (appId === null) continue;
    const known = applications.get(appId);
    applications.set(appId, {
      appId,
      extCode: known?.extCode ?? extCode,
      enabled: enabled || known?.enabled === true,
      ...(limits === undefined ? {} : { limits: firstLimits(known?.limits, limits) }),
    });
  }
  return applications;
};

const FRESH_MS = 1_000;

/**
 * Reads all accounts, and again every `refreshMs`. While the database is unavailable, the last
 * accounts remain valid.
 * @throws BridgeError DB_… when the first read fails
 */
export const openApplicationDirectory = async (options: {
  readonly load: () => Promise<readonly Account[]>;
  readonly refreshMs: number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now?: () => number;
}): Promise<ApplicationDirectory> => {
  const { load, logger, refreshMs, now = Date.now } = options;
  let accounts: ReadonlyMap<string, Account> = new Map();
  let applications: ReadonlyMap<string, Application> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const startedAt = now();
    const loaded = await load();
    accounts = new Map(loaded.map((account) => [account.username, account]));
    applications = toApplications(loaded);
    readAt = startedAt;
  };
  /** Concurrent callers share one read. */
  const readOnce = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const refresh = async (): Promise<void> => {
    if (now() - readAt >= FRESH_MS) await readOnce();
  };

  await readOnce();
  const timer = setInterval(() => {
    readOnce().catch((error: unknown) => logger.warn({ err: messageOf(error) }, 'accounts could not be read again'));
  }, refreshMs);
  timer.unref();

  return {
    application: (appId) => applications.get(appId),
    applications: () => [...applications.values()],
    account: (username) => accounts.get(username),
    refreshIfUnknown: async (appIds) => {
      for (const appId of appIds) {
        if (!applications.get(appId)?.enabled) return refresh();
      }
    },
    refresh,
    close: () => clearInterval(timer),
  };
};
