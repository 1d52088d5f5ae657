import { usageError } from '../report-error';

export const DEMO_ENGINES = ['pg', 'oracle'] as const;

export type DemoEngine = (typeof DEMO_ENGINES)[number];

/** `ours`: the demo starts the server itself; for Oracle that is the stand-in. */
export type DemoDatabase = { readonly engine: DemoEngine; readonly ours: boolean };

const NAMES: Readonly<Record<DemoEngine, string>> = { pg: 'PostgreSQL', oracle: 'Oracle' };

/**
 * Decides on the database from `--engine` and `--database`. Pure.
 * @throws BridgeError USAGE when the two contradict each other
 */
export const chooseEngine = (options: { readonly engine?: DemoEngine; readonly database?: string }): DemoDatabase => {
  const { engine, database } = options;
  if (database === undefined) return { engine: engine ?? 'pg', ours: true };
  const named: DemoEngine = /^oracle:/i.test(database) ? 'oracle' : 'pg';
  if (engine === undefined || engine === named) return { engine: named, ours: false };
  const scheme = { pg: 'postgres://…', oracle: 'oracle://…' } as const;
  throw usageError(
    `--engine ${engine} and a --database of ${NAMES[named]} (${scheme[named]}) contradict each other: ` +
      `leave out --database${engine === 'oracle' ? ', and a stand-in for Oracle is started' : ''}, or give one that begins with ${scheme[engine]}`,
  );
};
