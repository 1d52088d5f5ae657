import type { Codec, DecodeProblem } from '../../shared/avro/codec-port';
import { decodeRecords } from '../../shared/avro/decode-records';
import { openCodecs } from '../../shared/avro/open-codecs';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { Result } from '../../shared/result';
import { expectTopics, openKafka } from '../connect/open-kafka';
import { positionsOf, readTopic } from '../connect/read-topic';
import { loadKafkaSettings } from '../connect/settings';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { readLast } from './read-last';
import { type Show, showReceived, showStatus, showUndecodable, withNumbers } from './show-record';

export type TailArguments = {
  readonly fromBeginning?: boolean;
  readonly follow: boolean;
  readonly limit?: number;
  /** newest records to show first */
  readonly lines?: number;
  readonly app?: string;
  readonly messageId?: string;
  readonly showNumbers?: boolean;
};

const KINDS = ['status', 'received'] as const;
type Kind = (typeof KINDS)[number];

const toKinds = (names: readonly string[]): readonly Kind[] => {
  const unknown = names.find((name) => !KINDS.includes(name as Kind));
  if (unknown !== undefined) throw usageError(`cannot tail "${unknown}": it is one of ${KINDS.join(', ')}`);
  return names.length === 0 ? KINDS : KINDS.filter((kind) => names.includes(kind));
};

const isWanted = (value: SmsStatus | SmsReceived, { app, messageId }: TailArguments): boolean => {
  const id = 'receivedId' in value ? value.receivedId : value.messageId;
  return (app === undefined || value.appId === app) && (messageId === undefined || id === messageId);
};

const createPrint = (context: CliContext, options: TailArguments) => {
  const { output } = context;
  const showNumbers = options.showNumbers === true;
  const show: Show = { colours: output.colours, showNumbers };
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  const filtered = options.app !== undefined || options.messageId !== undefined;

  const print = (kind: Kind, record: KafkaRecord, decoded: Result<SmsStatus | SmsReceived, DecodeProblem>): boolean => {
    const { topic, partition, offset } = record;
    if (!decoded.ok) {
      // A tombstone, or a record of a foreign writer, belongs to no application and no message.
      if (filtered) return false;
      const problem = decoded.problem;
      output.emit({ topic, partition, offset, unreadable: problem }, () =>
        showUndecodable(record, problem.message, show),
      );
      return true;
    }
    if (!isWanted(decoded.value, options)) return false;
    const text = (): string =>
      kind === 'status'
        ? showStatus(decoded.value as SmsStatus, show)
        : showReceived(decoded.value as SmsReceived, show);
    output.emit({ topic, partition, offset, ...withNumbers(decoded.value, showNumbers) }, text);
    return true;
  };

  return async (
    codec: Codec<SmsStatus> | Codec<SmsReceived>,
    kind: Kind,
    records: readonly KafkaRecord[],
  ): Promise<'enough' | undefined> => {
    const decoded = await decodeRecords<SmsStatus | SmsReceived>(codec, records);
    for (const [i, record] of records.entries()) {
      if (left > 0 && print(kind, record, decoded[i]!)) left -= 1;
    }
    await output.drained();
    return left > 0 ? undefined : 'enough';
  };
};

/**
 * Runs `sms-bridge tail`. Ends at Ctrl-C, at the limit, or with `--no-follow` at the present end of
 * the topics.
 * @throws BridgeError USAGE, CONFIG_INVALID, TOPIC_MISSING, KAFKA_…, REGISTRY_…
 */
export const runTail: Run<TailArguments> = async (context, options, names) => {
  const { env, verbose, signal, output } = context;
  if (options.fromBeginning && options.lines !== undefined) throw usageError('give --from-beginning or -n, not both');
  const kinds = toKinds(names);
  const settings = loadKafkaSettings(env);
  const connection = openKafka(settings, verbose);
  const { kafka, topics, logger } = connection;
  await expectTopics(
    connection,
    kinds.map((kind) => topics[kind]),
  );
  const codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const print = createPrint(context, options);
  const enough = new AbortController();
  const stop = AbortSignal.any([signal, enough.signal]);
  const readOne = async (kind: Kind): Promise<void> => {
    const positions = await positionsOf(kafka, topics[kind]);
    const ends = new Map([...positions].map(([partition, { high }]) => [partition, high]));
    if (options.lines !== undefined) {
      const request = { topic: topics[kind], positions, count: options.lines, signal: stop };
      const answer = await print(codecs[kind], kind, await readLast(connection, request));
      if (answer === 'enough') return enough.abort();
    }
    await readTopic(connection, {
      topic: topics[kind],
      from: options.fromBeginning ? new Map() : ends,
      ...(options.follow ? {} : { until: ends }),
      signal: stop,
      onRecords: async (records) => {
        const answer = await print(codecs[kind], kind, records);
        if (answer === 'enough') enough.abort();
        return answer;
      },
    });
  };
  if (options.follow && !output.json) {
    output.note(output.colours.dim(`watching ${kinds.map((kind) => topics[kind]).join(', ')}; Ctrl-C stops`));
  }
  await Promise.all(
    kinds.map((kind) =>
      readOne(kind).catch((error: unknown) => {
        enough.abort();
        throw error;
      }),
    ),
  );
  // Ctrl-C is the normal end of watching, so it is no interruption.
  return EXIT.ok;
};
