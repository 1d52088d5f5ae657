import type { Waits } from '../../shared/timing/pause';
import { pollUntilStopped } from '../../shared/timing/poll';
import { type ExchangeDepth, shouldThrottle, type WaterMarks } from './core/back-pressure';

export type DepthPorts = Waits & {
  readonly measureDepth: (limit: number) => Promise<ExchangeDepth>;
  readonly onThrottle: (throttled: boolean, depth: ExchangeDepth) => void;
  readonly onProblem: (summary: string, error: unknown) => void;
};

export type DepthOptions = { readonly marks: WaterMarks; readonly depthCheckMs: number };

/**
 * Watches how full the exchange table is.
 * @param onFree called after each look that found room
 */
export const createDepthWatch = (ports: DepthPorts, { marks, depthCheckMs }: DepthOptions, onFree: () => void) => {
  let throttled = false;
  return {
    throttled: (): boolean => throttled,
    /** Looks until stopped. */
    watch: (): Promise<void> =>
      pollUntilStopped({
        work: async () => {
          const depth = await ports.measureDepth(marks.highRows + 1);
          const next = shouldThrottle(throttled, depth, marks);
          if (next !== throttled) ports.onThrottle(next, depth);
          throttled = next;
          if (!throttled) onFree();
          return false;
        },
        onError: (error) => ports.onProblem('cannot count the rows of the exchange table', error),
        pace: () => depthCheckMs,
        signal: ports.signal,
        pause: ports.pause,
      }),
  };
};
