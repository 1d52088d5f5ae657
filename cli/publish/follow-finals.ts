import type { Codecs } from '../../shared/avro/open-codecs';
import type { SmsStatus } from '../../shared/avro/records';
import { type MessageKey, toMessageKey } from '../../shared/sms/message-key';
import type { KafkaConnection } from '../connect/open-kafka';
import { type Positions, readTopic } from '../connect/read-topic';

export type Follower = {
  readonly expect: (messages: readonly MessageKey[]) => void;
  readonly open: () => number;
  /**
   * Resolves with true when each expected message has a final status, and with false after `ms` or
   * when the signal fires. Rejects when the reading fails.
   */
  readonly finished: (ms: number) => Promise<boolean>;
  readonly close: () => Promise<void>;
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
  let complete = false;
  let check: () => void = () => undefined;

  const reading = readTopic(connection, {
    topic: connection.topics.status,
    from: new Map([...from].map(([partition, { high }]) => [partition, high])),
    signal: AbortSignal.any([signal, closing.signal]),
    onRecords: async (records) => {
      await codec.prefetchSchemas(records.map(({ value }) => value));
      for (const { value } of records) {
        const status = codec.decode(value);
        if (!status.ok || !status.value.isFinal || status.value.appId === null) continue;
        const { appId, messageId } = status.value;
        if (expected.delete(toMessageKey({ appId, messageId }))) onFinal(status.value);
      }
      check();
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
    finished: async (ms) => {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        check = () => {
          complete = expected.size === 0;
          if (complete || problem !== undefined || signal.aborted) resolve();
        };
        timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', check, { once: true });
        check();
      });
      clearTimeout(timer);
      if (problem !== undefined) throw problem.error;
      return complete;
    },
    close: async () => {
      closing.abort();
      await ended;
    },
  };
};
