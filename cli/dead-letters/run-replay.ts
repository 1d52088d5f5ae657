import { BridgeError } from '../../shared/errors';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import { expectTopics, openKafka } from '../connect/open-kafka';
import { readTopic } from '../connect/read-topic';
import { loadKafkaSettings } from '../connect/settings';
import type { Output } from '../output/create-output';
import { toPrintable } from '../output/to-printable';
import { EXIT, usageError } from '../report-error';
import type { Run } from '../run-action';
import { type Letter, parseLetterId, replayTarget, toLetterId, toReplay, toReplayNote } from './dead-letter';
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
  const connection = openKafka(loadKafkaSettings(env), verbose);
  const { kafka, topics, logger } = connection;
  const scan = await scanLetters(connection, signal);
  const unknown = [...ids].filter((id) => !scan.letters.some((letter) => letter.id === id));
  if (unknown.length > 0) throw new BridgeError('DEAD_LETTER_UNKNOWN', `there is no dead letter ${unknown.join(', ')}`);

  let left = 0;
  let replayed = 0;
  const chosen = new Map<string, Chosen>();
  for (const { letter, repeated } of choose(scan, ids, options)) {
    const target = replayTarget(letter, topics);
    if (target.ok && !repeated) {
      chosen.set(letter.id, { letter, target: target.value });
      continue;
    }
    left += 1;
    const why = repeated || target.ok ? 'it was already replayed; --again replays it again' : target.problem;
    output.emit(
      { id: letter.id, result: 'left', why },
      () => `${output.colours.yellow('left')} ${letter.id}: ${toPrintable(why)}`,
    );
  }
  if (options.dryRun) {
    for (const { letter, target } of chosen.values()) {
      output.emit(
        { id: letter.id, result: 'would replay', to: target },
        () => `would replay ${letter.id} to ${target}`,
      );
    }
  } else if (chosen.size > 0) {
    await expectTopics(connection, [...new Set([...chosen.values()].map(({ target }) => target))]);
    const sink = await openRecordSink(kafka, { logger });
    const { from, until } = rangesOf([...chosen.values()]);
    try {
      await readTopic(connection, {
        topic: topics.deadLetter,
        from,
        until,
        signal,
        onRecords: async (records) => {
          const wanted = records.filter(({ partition, offset }) => chosen.has(toLetterId(partition, offset)));
          for (let start = 0; start < wanted.length; start += BATCH) {
            const batch = wanted.slice(start, start + BATCH);
            await replayBatch(sink, batch, chosen, output);
            replayed += batch.length;
          }
          return undefined;
        },
      });
    } finally {
      await sink.close().catch(() => undefined);
    }
  }
  const done = options.dryRun ? `${chosen.size} would be replayed` : `${replayed} replayed`;
  output.say(`${done}, ${left} left`);
  if (signal.aborted) return EXIT.interrupted;
  return left > 0 ? EXIT.failed : EXIT.ok;
};
