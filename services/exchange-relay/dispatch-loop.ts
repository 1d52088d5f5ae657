import { type DispatchPorts, dispatchDueBatch } from './dispatch-batch';

export type DispatchLoopPorts<Tx> = DispatchPorts<Tx> & {
  readonly onDispatched: (counts: { readonly handed: number; readonly expired: number }) => void;
  readonly onTrouble: (what: string, error: unknown) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
};

/** Hands over scheduled messages as they become due, until stopped: the next batch at once when one was full, else after `pollMs`. */
export const dispatchUntilStopped = async <Tx>(
  ports: DispatchLoopPorts<Tx>,
  { batchSize, pollMs }: { readonly batchSize: number; readonly pollMs: number },
): Promise<void> => {
  while (!ports.stopped()) {
    let decided = 0;
    try {
      const counts = await dispatchDueBatch(ports, batchSize);
      decided = counts.handed + counts.expired;
      ports.onDispatched(counts);
    } catch (error) {
      ports.onTrouble('handing over scheduled messages failed and is tried again', error);
    }
    if (decided < batchSize) await ports.pause(pollMs);
  }
};
