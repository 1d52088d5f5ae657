import type { SmsStatus } from '../../../shared/avro/records';
import { parseTraceContext, type TraceContext } from '../../../shared/trace-context';
import type { ReadRecord } from './plan-batch';

const keyOf = (appId: string | null, messageId: string): string => `${appId}\n${messageId}`;

/**
 * Returns the trace of each event's message by eventId, as its record carried it. Events of records
 * without a valid trace are left out.
 */
export const selectTraces = (
  statuses: readonly Pick<SmsStatus, 'eventId' | 'appId' | 'messageId'>[],
  read: readonly ReadRecord[],
): ReadonlyMap<string, TraceContext> => {
  const traces = new Map<string, TraceContext>();
  if (statuses.length === 0) return traces;
  const eventIds = new Map(statuses.map(({ eventId, appId, messageId }) => [keyOf(appId, messageId), eventId]));
  for (const { record, message } of read) {
    const { traceparent, tracestate } = record.headers;
    if (traceparent === undefined || !message.ok) continue;
    const eventId = eventIds.get(keyOf(message.value.appId, message.value.messageId));
    const trace = parseTraceContext(traceparent.toString(), tracestate?.toString());
    if (eventId !== undefined && trace !== null && !traces.has(eventId)) traces.set(eventId, trace);
  }
  return traces;
};
