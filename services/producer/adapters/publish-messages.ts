import type { Codec } from '../../shared/avro/codec-port';
import type { SmsSend } from '../../shared/avro/records';
import { BridgeError, messageOf } from '../../shared/errors';
import type { OutgoingRecord, RecordSink } from '../../shared/kafka/ports';
import { toMessageKey } from '../../shared/sms/message-key';
import { toTraceHeaders } from '../../shared/trace-context';
import type { Publication } from '../accept-messages';
import type { Refusal } from '../core/message-request';
import { toEncodeRefusal } from '../core/refuse-unencodable';

/** Returns the refused ones by `toMessageKey`. */
export type PublishMessages = (publications: readonly Publication[]) => Promise<ReadonlyMap<string, Refusal>>;

type Encoded = { readonly message: string; readonly record: OutgoingRecord };

const REFUSED_BY_KAFKA: Refusal = {
  code: 'MESSAGE_REFUSED',
  field: null,
  message: 'the broker does not take this record; its log says why',
};

/**
 * Publishes messages on `sms.send`. Resolves when all are acknowledged, apart from those that never can be (they come back with the reason): they are
 * found by halves, so that they do not take their neighbours with them.
 * @throws BridgeError KAFKA_UNAVAILABLE, retryable: some of the records may have been stored
 */
export const createPublishMessages = (
  sink: Pick<RecordSink, 'publish'>,
  codec: Pick<Codec<SmsSend>, 'encode'>,
  topic: string,
  source: 'http' | 'table',
): PublishMessages => {
  const encode = ({ send, to, trace }: Publication): Encoded => ({
    message: toMessageKey(send),
    record: {
      topic,
      key: to,
      value: codec.encode(send),
      headers: { 'message-id': send.messageId, 'app-id': send.appId, source, ...toTraceHeaders(trace) },
    },
  });

  const publishAround = async (encoded: readonly Encoded[], refused: Map<string, Refusal>): Promise<void> => {
    if (encoded.length === 0) return;
    try {
      await sink.publish(encoded.map(({ record }) => record));
    } catch (error) {
      if (!(error instanceof BridgeError) || error.retryable) throw error;
      if (encoded.length === 1) {
        refused.set(encoded[0]!.message, REFUSED_BY_KAFKA);
        return;
      }
      const half = Math.ceil(encoded.length / 2);
      await publishAround(encoded.slice(0, half), refused);
      await publishAround(encoded.slice(half), refused);
    }
  };

  return async (publications) => {
    const refused = new Map<string, Refusal>();
    const encoded = publications.flatMap((publication) => {
      try {
        return [encode(publication)];
      } catch (error) {
        refused.set(toMessageKey(publication.send), toEncodeRefusal(publication.send, messageOf(error)));
        return [];
      }
    });
    await publishAround(encoded, refused);
    return refused;
  };
};
