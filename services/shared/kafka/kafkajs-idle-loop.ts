type RequestQueue = { pending: unknown[]; throttledUntil: number };

/**
 * kafkajs 2.2.4 re-arms a timer every millisecond for each idle connection, because it schedules the next look at its request queue with a
 * negative delay (6-7 % of a core measured, and a TimeoutNegativeWarning in newer Node). There is nothing to look at when nothing is pending and the
 * broker does not throttle. Idempotent.
 */
export const calmIdleLoop = (): void => {
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { scheduleCheckPendingRequests: (() => void) & { calm?: true } };
  };
  const original = prototype.scheduleCheckPendingRequests;
  if (original.calm) return;
  const calm = function (this: RequestQueue & { scheduleCheckPendingRequests: () => void }): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this);
  };
  prototype.scheduleCheckPendingRequests = Object.assign(calm, { calm: true as const });
};
