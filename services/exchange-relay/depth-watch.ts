import type { Waits } from '../../shared/timing/pause';
import { pollUntilStopped } from '../../shared/timing/poll';
import { type ExchangeDepth, mustRest, type WaterMarks } from './core/back-pressure';

export type DepthPorts = Waits & {
  readonly measureDepth: (limit: number) => Promise<ExchangeDepth>;
  readonly onRest: (resting: boolean, depth: ExchangeDepth) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
};

export type DepthOptions = { readonly marks: WaterMarks; readonly depthCheckMs: number };

/**
 * Watches how full the exchange table is.
 * @param onFree called after each look that found room
 */
export const createDepthWatch = (ports: DepthPorts, { marks, depthCheckMs }: DepthOptions, onFree: () => void) => {
  let resting = false;
  return {
    resting: (): boolean => resting,
    /** Looks until stopped. */
    watch: (): Promise<void> =>
      pollUntilStopped({
        work: async () => {
          const depth = await ports.measureDepth(marks.highRows + 1);
          const next = mustRest(resting, depth, marks);
          if (next !== resting) ports.onRest(next, depth);
          resting = next;
          if (!resting) onFree();
          return false;
        },
        onError: (error) => ports.onTrouble('cannot count the rows of the exchange table', error),
        pace: () => depthCheckMs,
        signal: ports.signal,
        pause: ports.pause,
      }),
  };
};
