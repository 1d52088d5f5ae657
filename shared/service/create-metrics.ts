import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Upper bounds for the items of one transaction. */
const SIZES = [1, 10, 50, 100, 250, 500, 1000, 2500];
/** Upper bounds in seconds for the duration of one transaction or request. */
const SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Returns the label sets of one label with these values. */
export const each = <L extends string>(label: L, values: readonly string[]): readonly Readonly<Record<L, string>>[] =>
  values.map((value) => ({ [label]: value }) as Record<L, string>);

/** Creates the makers of metrics of one process. */
export const createMetrics = (register: Registry) => {
  const registers = [register];
  const histogram =
    (usual: readonly number[]) =>
    <L extends string>(name: string, help: string, labelNames: readonly L[] = [], buckets = usual) =>
      new Histogram<L>({ name, help, labelNames, buckets: [...buckets], registers });
  return {
    /**
     * @param known the series that exist from the start, as 0: Prometheus sees no increase in a
     * series that is born with 1, and an alert would miss the first event of a process
     */
    counter: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      known: readonly Readonly<Record<L, string>>[] = [],
    ) => {
      const counter = new Counter<L>({ name, help, labelNames, registers });
      for (const labels of known) counter.inc(labels, 0);
      return counter;
    },
    /** @param read sets the gauge at each request of Prometheus */
    gauge: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      read?: (gauge: Gauge<L>) => unknown,
    ) => {
      const collect = async function (this: Gauge<L>): Promise<void> {
        await read?.(this);
      };
      return new Gauge<L>({ name, help, labelNames, registers, ...(read && { collect }) });
    },
    sizes: histogram(SIZES),
    seconds: histogram(SECONDS),
  };
};

/** Creates the setters of a topic's consumer lag, for `watchProgress`. */
export const createProgressMetrics = (lag: Gauge<'partition'>, oldest: Gauge) => ({
  lag: (lags: readonly (readonly [partition: number, lag: number])[]): void => {
    lag.reset();
    for (const [partition, value] of lags) lag.set({ partition: String(partition) }, value);
  },
  oldestUnhandled: (seconds: number): void => oldest.set(seconds),
});
