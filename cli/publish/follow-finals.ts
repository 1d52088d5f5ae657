import type { Codecs } from '../../shared/avro/open-codecs';
import type { SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import { type MessageKey, toMessageKey } from '../../shared/sms/message-key';
import type { KafkaConnection } from '../connect/open-kafka';
import { type Positions, readTopic } from '../connect/read-topic';

export type Follower = {
  readonly expect: (messages: readonly MessageKey[]) => void;
  readonly open: () => number;
  /**
   * Looks for the expected messages in the log before those positions: a message that was sent
   * before gets no new status. Ends early when none is open. Rejects when the reading fails.
   * @param onKnown called once for each one found, which is no longer expected
   */
  readonly lookBack: (onKnown: (status: SmsStatus) => void) => Promise<void>;
  /**
   * Resolves with true when each expected message has a final status, and with false after `ms` or
   * when the signal fires. Rejects when the reading fails.
   */
  readonly finished: (ms: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

const UNSENT: readonly string[] = ['REJECTED', 'CANCELLED', 'EXPIRED'];

/** The relay reports again how a message ended that it did not hand over. */
const wasSent = ({ status, gatewayCode }: SmsStatus): boolean => gatewayCode !== null || !UNSENT.includes(status);

/** Takes each expected final status once; unless `all`, only of messages that were sent. */
const createTake =
  (codec: Codecs['status'], expected: Set<string>) =>
  async (records: readonly KafkaRecord[], on: (status: SmsStatus) => void, all: boolean) => {
    await codec.prefetchSchemas(records.map(({ value }) => value));
    for (const { value } of records) {
      const status = codec.decode(value);
      if (!status.ok || !status.value.isFinal || status.value.appId === null) continue;
      if (!all && !wasSent(status.value)) continue;
      const { appId, messageId } = status.value;
      if (expected.delete(toMessageKey({ appId, messageId }))) on(status.value);
    }
  };

/**
 * Reads sms.status from the positions that were fetched before the first message was published.
 * @param onFinal called once for each expected message
 */
export const followFinals = (
  connection: KafkaConnection,
  codec: Codecs['status'],
  from: Positions,
  signal: AbortSignal,
  onFinal: (status: SmsStatus) => void,
): Follower => {
  const expected = new Set<string>();
  const closing = new AbortController();
  let check: () => void = () => undefined;

  const takeFinals = createTake(codec, expected);
  const take: typeof takeFinals = async (...of) => {
    await takeFinals(...of);
    check();
  };
  const { status: topic } = connection.topics;
  const either = AbortSignal.any([signal, closing.signal]);
  const ends = new Map([...from].map(([partition, { high }]) => [partition, high]));
  const reading = readTopic(connection, {
    topic,
    from: ends,
    signal: either,
    onRecords: async (records) => {
      await take(records, onFinal, true);
      return undefined;
    },
  });
  let problem: { readonly error: unknown } | undefined;
  const ended = reading.catch((error: unknown) => {
    problem = { error };
    check();
  });

  return {
    expect: (messages) => {
      for (const message of messages) expected.add(toMessageKey(message));
    },
    open: () => expected.size,
    lookBack: (onKnown) =>
      readTopic(connection, {
        topic,
        from: new Map([...from].map(([partition, { low }]) => [partition, low])),
        until: ends,
        signal: either,
        onRecords: async (records) => {
          await take(records, onKnown, false);
          return expected.size === 0 ? 'enough' : undefined;
        },
      }),
    finished: async (ms) => {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        check = () => {
          if (expected.size === 0 || problem !== undefined || signal.aborted) resolve();
        };
        timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', check, { once: true });
        check();
      });
      clearTimeout(timer);
      if (problem !== undefined) throw problem.error;
      return expected.size === 0;
    },
    close: async () => {
      closing.abort();
      await ended;
    },
  };
};
