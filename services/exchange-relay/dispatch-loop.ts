import type { Waits } from '../../shared/timing/pause';
import { fixedPace, pollUntilStopped } from '../../shared/timing/poll';
import { type DispatchPorts, dispatchDueBatch } from './dispatch-batch';

export type DispatchLoopPorts<Tx> = Waits &
  DispatchPorts<Tx> & {
    readonly onDispatched: (counts: { readonly handed: number; readonly expired: number }) => void;
    readonly onProblem: (summary: string, error: unknown) => void;
  };

/**
 * Hands over scheduled messages as they become due, until stopped. After a full batch the next one
 * starts at once, otherwise after `pollMs`.
 */
export const dispatchUntilStopped = <Tx>(
  ports: DispatchLoopPorts<Tx>,
  { batchSize, pollMs }: { readonly batchSize: number; readonly pollMs: number },
): Promise<void> =>
  pollUntilStopped({
    work: async () => {
      const counts = await dispatchDueBatch(ports, batchSize);
      ports.onDispatched(counts);
      return counts.handed + counts.expired >= batchSize;
    },
    onError: (error) => ports.onProblem('handing over scheduled messages failed and is tried again', error),
    pace: fixedPace(pollMs),
    signal: ports.signal,
    pause: ports.pause,
  });
