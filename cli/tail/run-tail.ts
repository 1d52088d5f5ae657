import type { Codec, DecodeProblem } from '../../shared/avro/codec-port';
import { decodeRecords } from '../../shared/avro/decode-records';
import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { Result } from '../../shared/result';
import { type Clock, loadClock } from '../connect/load-clock';
import { expectTopics, type KafkaConnection, openKafka } from '../connect/open-kafka';
import { positionsOf, readTopic } from '../connect/read-topic';
import { loadKafkaSettings } from '../connect/settings';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { type Show, showReceived, showStatus, showUndecodable, withNumbers } from './show-record';

export type TailArguments = {
  readonly fromBeginning?: boolean;
  /** undefined: unless there is a limit */
  readonly follow?: boolean;
  readonly limit?: number;
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

const createPrint = (context: CliContext, clock: Clock, options: TailArguments) => {
  const { output } = context;
  const showNumbers = options.showNumbers === true;
  const show: Show = { clock, colours: output.colours, columns: output.columns, showNumbers };
  let left = options.fromBeginning ? (options.limit ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
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

type Reading = {
  readonly connection: KafkaConnection;
  readonly codecs: Codecs;
  readonly signal: AbortSignal;
  readonly options: TailArguments;
};

/**
 * Returns the last wanted records before `ends`, oldest first. Without a filter only the tail of
 * each partition is read; with one, the whole topic.
 */
const findLast = async (
  { connection, codecs, signal, options }: Reading,
  kind: Kind,
  ends: ReadonlyMap<number, number>,
  limit: number,
): Promise<readonly KafkaRecord[]> => {
  const filtered = options.app !== undefined || options.messageId !== undefined;
  let last: KafkaRecord[] = [];
  await readTopic(connection, {
    topic: connection.topics[kind],
    from: new Map([...ends].map(([partition, end]) => [partition, filtered ? 0 : Math.max(0, end - limit)])),
    until: ends,
    signal,
    onRecords: async (records) => {
      const decoded = await decodeRecords<SmsStatus | SmsReceived>(codecs[kind], records);
      const wanted = records.filter((_, i) => {
        const one = decoded[i]!;
        return one.ok ? isWanted(one.value, options) : !filtered;
      });
      last = lastOf([...last, ...wanted], limit);
      return undefined;
    },
  });
  return last;
};

const lastOf = (records: readonly KafkaRecord[], limit: number): KafkaRecord[] =>
  [...records].sort((a, b) => a.timestamp - b.timestamp).slice(-limit);

/**
 * Runs `sms-bridge tail`. Ends at Ctrl-C, after the limit unless `--follow` is given, or with
 * `--no-follow` at the present end of the topics.
 * @throws BridgeError USAGE, CONFIG_INVALID, TOPIC_MISSING, KAFKA_…, REGISTRY_…
 */
export const runTail: Run<TailArguments> = async (context, options, names) => {
  const { env, verbose, signal, output } = context;
  const kinds = toKinds(names);
  const settings = loadKafkaSettings(env);
  const clock = loadClock(env);
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
  const print = createPrint(context, clock, options);
  const enough = new AbortController();
  const stop = AbortSignal.any([signal, enough.signal]);
  const last = options.fromBeginning ? undefined : options.limit;
  const follow = options.follow ?? options.limit === undefined;
  const endsOf = async (kind: Kind) =>
    new Map([...(await positionsOf(kafka, topics[kind]))].map(([partition, { high }]) => [partition, high]));
  const ends = new Map(await Promise.all(kinds.map(async (kind) => [kind, await endsOf(kind)] as const)));
  if (last !== undefined) {
    const reading = { connection, codecs, signal, options };
    const found = await Promise.all(kinds.map((kind) => findLast(reading, kind, ends.get(kind)!, last)));
    const kindOf = new Map(kinds.map((kind) => [topics[kind] as string, kind]));
    for (const record of lastOf(found.flat(), last)) {
      const kind = kindOf.get(record.topic)!;
      await print(codecs[kind], kind, [record]);
    }
    if (!follow) return EXIT.ok;
  }
  const readOne = async (kind: Kind): Promise<void> => {
    await readTopic(connection, {
      topic: topics[kind],
      from: options.fromBeginning ? new Map() : ends.get(kind)!,
      ...(follow ? {} : { until: ends.get(kind)! }),
      signal: stop,
      onRecords: async (records) => {
        const answer = await print(codecs[kind], kind, records);
        if (answer === 'enough') enough.abort();
        return answer;
      },
    });
  };
  if (follow && !output.json) {
    output.note(
      output.colours.dim(
        `watching ${kinds.map((kind) => topics[kind]).join(', ')}; times of ${clock.zone}; Ctrl-C stops`,
      ),
    );
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
