import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import { BridgeError } from '../../shared/errors';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { TopicNames } from '../../shared/kafka/kafkajs/topics';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import { expectTopics, type KafkaConnection, openKafka } from '../connect/open-kafka';
import { readTopic } from '../connect/read-topic';
import { type KafkaSettings, loadKafkaSettings } from '../connect/settings';
import type { Output } from '../output/create-output';
import { toPrintable } from '../output/to-printable';
import { EXIT, usageError } from '../report-error';
import type { CliContext, Run } from '../run-action';
import { type Letter, parseLetterId, replayTarget, toLetterId, toReplay, toReplayNote } from './dead-letter';
import { decodeNow } from './decode-now';
import { type Scan, scanLetters } from './scan-letters';

export type ReplayArguments = { readonly reason?: string; readonly again?: boolean; readonly dryRun?: boolean };

type Chosen = { readonly letter: Letter; readonly target: string };

/**
 * Selects dead letters by id or reason. Without `again`, one that was replayed before is marked
 * `repeated` when its id was given, and left out otherwise.
 */
const choose = (
  { letters, replayed }: Scan,
  ids: ReadonlySet<string>,
  { reason, again }: ReplayArguments,
): readonly { readonly letter: Letter; readonly repeated: boolean }[] =>
  letters
    .filter(({ id, reason: why }) => ids.has(id) || (reason !== undefined && why === reason.toUpperCase()))
    .map((letter) => ({ letter, repeated: replayed.has(letter.id) && again !== true }))
    .filter(({ letter, repeated }) => !repeated || ids.has(letter.id));

type Leave = (id: string, why: string) => void;

const createLeave = ({ emit, colours }: Output) => {
  let count = 0;
  const leave: Leave = (id, why) => {
    count += 1;
    emit({ id, result: 'left', why }, () => `${colours.yellow('left')} ${id}: ${toPrintable(why)}`);
  };
  return { leave, count: () => count };
};

/**
 * Returns the records that a service can read. The others would only become new dead letters; they
 * are left, with the reason.
 */
const keepReadable = async (
  records: readonly KafkaRecord[],
  chosen: ReadonlyMap<string, Chosen>,
  topics: TopicNames,
  codecs: Codecs,
  leave: Leave,
): Promise<readonly KafkaRecord[]> => {
  const readable: KafkaRecord[] = [];
  for (const record of records) {
    const id = toLetterId(record.partition, record.offset);
    const { target } = chosen.get(id) as Chosen;
    const decoded = await decodeNow(record, target, topics, codecs);
    if (decoded?.ok === false) leave(id, `its bytes still cannot be read: ${decoded.problem.message}`);
    else readable.push(record);
  }
  return readable;
};

/**
 * Publishes the originals, waits for their acknowledgement, and then publishes the notes. A crash
 * in between repeats a record, which its messageId makes harmless.
 */
const replayBatch = async (
  sink: RecordSink,
  records: readonly KafkaRecord[],
  chosen: ReadonlyMap<string, Chosen>,
  output: Output,
): Promise<void> => {
  const targets = records.map((record) => chosen.get(toLetterId(record.partition, record.offset)) as Chosen);
  await sink.publish(records.map((record, index) => toReplay(record, (targets[index] as Chosen).target)));
  await sink.publish(records.map((record, index) => toReplayNote(record, (targets[index] as Chosen).target)));
  for (const { letter, target } of targets) {
    output.emit({ id: letter.id, result: 'replayed', to: target }, () => `replayed ${letter.id} to ${target}`);
  }
};

const showBatch = (records: readonly KafkaRecord[], chosen: ReadonlyMap<string, Chosen>, output: Output): void => {
  for (const { partition, offset } of records) {
    const id = toLetterId(partition, offset);
    const { target } = chosen.get(id) as Chosen;
    output.emit({ id, result: 'would replay', to: target }, () => `would replay ${id} to ${target}`);
  }
};

const BATCH = 200;

const rangesOf = (chosen: readonly Chosen[]) => {
  const from = new Map<number, number>();
  const until = new Map<number, number>();
  for (const { partition, offset } of chosen.map(({ letter }) => letter)) {
    from.set(partition, Math.min(offset, from.get(partition) ?? offset));
    until.set(partition, Math.max(offset + 1, until.get(partition) ?? 0));
  }
  return { from, until };
};

/** Returns how many were replayed, or with `dryRun` would be. */
const replayChosen = async (
  { signal, output }: CliContext,
  connection: KafkaConnection,
  settings: KafkaSettings,
  chosen: ReadonlyMap<string, Chosen>,
  leave: Leave,
  { dryRun }: ReplayArguments,
): Promise<number> => {
  const { kafka, topics, logger } = connection;
  await expectTopics(connection, [...new Set([...chosen.values()].map(({ target }) => target))]);
  const codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics,
    logger,
  });
  const sink = await openRecordSink(kafka, { logger });
  let done = 0;
  try {
    await readTopic(connection, {
      topic: topics.deadLetter,
      ...rangesOf([...chosen.values()]),
      signal,
      onRecords: async (records) => {
        const wanted = records.filter(({ partition, offset }) => chosen.has(toLetterId(partition, offset)));
        for (let start = 0; start < wanted.length; start += BATCH) {
          const batch = await keepReadable(wanted.slice(start, start + BATCH), chosen, topics, codecs, leave);
          if (!dryRun) await replayBatch(sink, batch, chosen, output);
          else showBatch(batch, chosen, output);
          done += batch.length;
        }
        return undefined;
      },
    });
  } finally {
    await sink.close().catch(() => undefined);
  }
  return done;
};

/**
 * Runs `sms-bridge dead-letters replay`. Returns EXIT.failed when a selected dead letter was left.
 * @throws BridgeError USAGE, DEAD_LETTER_UNKNOWN, CONFIG_INVALID, TOPIC_MISSING, KAFKA_…
 */
export const runDeadLettersReplay: Run<ReplayArguments> = async (context, options, args) => {
  const { env, verbose, signal, output } = context;
  const ids = new Set(args.map(parseLetterId).map(({ partition, offset }) => toLetterId(partition, offset)));
  if (ids.size === 0 && options.reason === undefined) {
    throw usageError('give ids as `dead-letters list` shows them, or --reason');
  }
  const settings = loadKafkaSettings(env);
  const connection = openKafka(settings, verbose);
  const { topics } = connection;
  const scan = await scanLetters(connection, signal);
  const unknown = [...ids].filter((id) => !scan.letters.some((letter) => letter.id === id));
  if (unknown.length > 0) throw new BridgeError('DEAD_LETTER_UNKNOWN', `there is no dead letter ${unknown.join(', ')}`);

  const { leave, count } = createLeave(output);
  const chosen = new Map<string, Chosen>();
  for (const { letter, repeated } of choose(scan, ids, options)) {
    const target = replayTarget(letter, topics);
    if (!target.ok) leave(letter.id, target.problem);
    else if (repeated) leave(letter.id, 'it was already replayed; --again replays it again');
    else chosen.set(letter.id, { letter, target: target.value });
  }
  const replayed = chosen.size > 0 ? await replayChosen(context, connection, settings, chosen, leave, options) : 0;
  output.say(`${replayed} ${options.dryRun ? 'would be replayed' : 'replayed'}, ${count()} left`);
  if (signal.aborted) return EXIT.interrupted;
  return count() > 0 ? EXIT.failed : EXIT.ok;
};
