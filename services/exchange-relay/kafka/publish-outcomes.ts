import type { Codec } from '../../../shared/avro/codec-port';
import type { SmsStatus } from '../../../shared/avro/records';
import type { OutgoingRecord, RecordSink } from '../../../shared/kafka/ports';
import { createPublishDeadLetters, type DeadLetter } from '../../../shared/kafka/publish-dead-letters';
import { toStatusKey } from '../../../shared/sms/message-key';
import { type TraceContext, toTraceHeaders } from '../../../shared/trace-context';

const NO_TRACES: ReadonlyMap<string, TraceContext> = new Map();

/**
 * Creates the publish of messages that ended in the relay: final events on `sms.status` with the
 * trace of the message's record, and unreadable records on `sms.dead-letter` with their original
 * key, value and headers. It resolves when all are acknowledged.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable
 */
export const createPublishOutcomes = (
  sink: Pick<RecordSink, 'publish'>,
  codec: Codec<SmsStatus>,
  topics: { readonly status: string; readonly deadLetter: string },
) => {
  const publishDeadLetters = createPublishDeadLetters(sink, topics.deadLetter);
  return async (
    statuses: readonly SmsStatus[],
    deadLetters: readonly DeadLetter[],
    traces: ReadonlyMap<string, TraceContext> = NO_TRACES,
  ): Promise<void> => {
    const events = statuses.map(
      (status): OutgoingRecord => ({
        topic: topics.status,
        key: toStatusKey(status),
        value: codec.encode(status),
        headers: {
          'event-id': status.eventId,
          'app-id': status.appId ?? '',
          ...toTraceHeaders(traces.get(status.eventId)),
        },
      }),
    );
    if (events.length > 0) await sink.publish(events);
    await publishDeadLetters(deadLetters);
  };
};
