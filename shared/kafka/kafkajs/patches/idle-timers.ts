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

/** kafkajs looks ten times a second at each connection whether a request of (by default) 30 seconds is overdue. */
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
 * Calms two timers that cost a process that has nothing to do. kafkajs re-arms one every millisecond for each idle connection, because it schedules the
 * next look at its request queue with a negative delay: there is nothing to look at when nothing is pending and the broker does not throttle. And it looks
 * for overdue requests far more often than their limit needs.
 */
export const patch = { name: 'idle timers', since: '2.2.4', apply } as const;
