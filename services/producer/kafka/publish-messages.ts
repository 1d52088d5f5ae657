import type { Codec } from '../../../shared/avro/codec-port';
import type { SmsSend } from '../../../shared/avro/records';
import { BridgeError, messageOf, toldAs } from '../../../shared/errors';
import { countAlike, decideBlame } from '../../../shared/faults/judge-fault';
import type { OutgoingRecord, RecordSink } from '../../../shared/kafka/ports';
import { toMessageKey } from '../../../shared/sms/message-key';
import { type FailedAlone, isolatePoison } from '../../../shared/timing/bisect';
import { toTraceHeaders } from '../../../shared/trace-context';
import type { Publication } from '../accept-messages';
import type { Refusal } from '../core/message-request';
import { toEncodeRefusal } from './refuse-unencodable';

/** Returns the refused messages by `toMessageKey`. */
export type PublishMessages = (publications: readonly Publication[]) => Promise<ReadonlyMap<string, Refusal>>;

type Encoded = { readonly message: string; readonly record: OutgoingRecord };

const REFUSED_BY_KAFKA: Refusal = {
  code: 'MESSAGE_REFUSED',
  field: null,
  message: 'the broker does not take this record; its log says why',
};

const isRefused = (error: unknown): boolean => error instanceof BridgeError && !error.retryable;

/**
 * How long a single refused row of the table waits for other rows that show whether the broker
 * refuses only this row.
 */
const LONG_ALONE_MS = 10_000;

/**
 * Creates the test whether the broker refuses everything. It serves the table only: a row can wait,
 * but a caller over HTTP needs a reply. It judges one batch, and remembers since when each single
 * message is refused.
 */
const createWaitForBroker = (now: () => number) => {
  let since = new Map<string, number>();
  return async (refused: readonly FailedAlone<Encoded>[], through: number): Promise<void> => {
    const before = since;
    since = new Map(refused.map(({ item: { message } }) => [message, before.get(message) ?? now()]));
    for (const one of refused) {
      const blame = decideBlame(one.error, {
        probe: 'none',
        alike: countAlike(refused, one),
        othersWentThrough: through > 0,
        longAlone: now() - (since.get(one.item.message) ?? 0) >= LONG_ALONE_MS,
      });
      if (blame !== 'value')
        throw new BridgeError('KAFKA_REFUSES_ALL', `the broker refuses every record: ${messageOf(one.error)}`, {
          retryable: true,
          cause: one.error,
        });
    }
  };
};

/**
 * Creates the publish on `sms.send`. It resolves when all messages are acknowledged except those
 * that Kafka will never take; these are returned with the reason. It finds them by halves, so that
 * their neighbours are published.
 * @throws BridgeError KAFKA_UNAVAILABLE, or for the table KAFKA_REFUSES_ALL. Both are retryable,
 *   and some of the records may have been stored
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

  const waitForBroker = createWaitForBroker(Date.now);

  const publish = (encoded: readonly Encoded[]): Promise<void> => sink.publish(encoded.map(({ record }) => record));

  const publishAround = async (encoded: readonly Encoded[]): Promise<readonly FailedAlone<Encoded>[]> => {
    try {
      if (encoded.length > 0) await publish(encoded);
      return [];
    } catch (error) {
      if (!isRefused(error)) throw error;
      return isolatePoison(encoded, error, { attempt: publish, isPoison: isRefused }).catch((later: unknown) => {
        // halves before it were stored
        throw later instanceof BridgeError ? toldAs(later, 'unknown') : later;
      });
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
    const alone = await publishAround(encoded);
    if (source === 'table' && encoded.length > 0) await waitForBroker(alone, encoded.length - alone.length);
    for (const { item } of alone) refused.set(item.message, REFUSED_BY_KAFKA);
    return refused;
  };
};
