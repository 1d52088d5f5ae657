import { nextPauseMs } from '../../shared/timing/adaptive-poll';

export type PollPorts = {
  /** Does what there is to do, at most one batch; how much that was. */
  readonly work: () => Promise<number>;
  readonly pause: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
  readonly onTrouble: (error: unknown) => void;
};

export type PollPace = { readonly minMs: number; readonly maxMs: number };

const RETRY: PollPace = { minMs: 200, maxMs: 5_000 };

/** Works until stopped: at once again after work, with pauses that double while there is none, and with longer ones while it fails. */
export const poll = async (ports: PollPorts, pace: PollPace): Promise<void> => {
  let idleMs = 0;
  let retryMs = 0;
  while (!ports.stopped()) {
    try {
      idleMs = nextPauseMs(idleMs, (await ports.work()) > 0, pace.minMs, pace.maxMs);
      retryMs = 0;
    } catch (error) {
      retryMs = nextPauseMs(retryMs, false, RETRY.minMs, RETRY.maxMs);
      ports.onTrouble(error);
    }
    const pauseMs = Math.max(retryMs, idleMs);
    if (pauseMs > 0) await ports.pause(pauseMs);
  }
};
