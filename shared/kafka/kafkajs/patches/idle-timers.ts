type Request = { readonly sentAt: number; readonly requestTimeout: number; readonly timeoutRequest: () => void };
type RequestQueue = {
  pending: unknown[];
  inflight: ReadonlyMap<number, Request>;
  throttledUntil: number;
  requestTimeout: number;
  enforceRequestTimeout: boolean;
  requestTimeoutIntervalId: NodeJS.Timeout;
  isConnected: () => boolean;
  destroy: () => void;
  scheduleCheckPendingRequests: () => void;
  scheduleRequestTimeoutCheck: () => void;
};

/** kafkajs checks ten times a second for requests that are overdue after 30 s (default). */
const TIMEOUT_CHECK_MS = 1_000;

const apply = (): void => {
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const checkPending = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) checkPending.call(this);
  };
  prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    this.requestTimeoutIntervalId = setInterval(
      () => {
        const now = Date.now();
        for (const request of this.inflight.values()) {
          if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
        }
        if (!this.isConnected()) this.destroy();
      },
      Math.min(this.requestTimeout, TIMEOUT_CHECK_MS),
    );
  };
};

/**
 * Slows two timers that cost an idle process CPU time. kafkajs checks the request queue of each
 * idle connection every millisecond, because it computes a negative delay: with nothing pending and
 * no throttling there is nothing to check. And it checks for overdue requests too often.
 */
export const patch = { name: 'idle timers', since: '2.2.4', apply } as const;
