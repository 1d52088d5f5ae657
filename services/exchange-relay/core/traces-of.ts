import type { SmsStatus } from '../../../shared/avro/records';
import { parseTraceContext, type TraceContext } from '../../../shared/trace-context';
import type { ReadRecord } from './plan-batch';

const keyOf = (appId: string | null, messageId: string): string => `${appId}\n${messageId}`;

/** By eventId, the trace that the record of the event's message carried. Events whose record had none, or a malformed one, are not in it. */
export const tracesOf = (
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
