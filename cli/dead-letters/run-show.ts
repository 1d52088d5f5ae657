import { isUtf8 } from 'node:buffer';
import { openCodecs } from '../../shared/avro/open-codecs';
import { BridgeError } from '../../shared/errors';
import { headersOf, toHeaders } from '../../shared/kafka/original-headers';
import type { KafkaRecord } from '../../shared/kafka/ports';
import { type Clock, loadClock } from '../connect/load-clock';
import { openKafka } from '../connect/open-kafka';
import { loadKafkaSettings } from '../connect/settings';
import type { Output } from '../output/create-output';
import { toHexDump } from '../output/hex-dump';
import { toPrintable } from '../output/to-printable';
import type { Run } from '../run-action';
import { describeSource, type Letter, parseLetterId, replayTarget, toLetterId } from './dead-letter';
import { decodeNow } from './decode-now';
import { scanLetters } from './scan-letters';

const LONGEST_TEXT = 4_000;

const showBytes = (bytes: Buffer | null): readonly string[] => {
  if (bytes === null) return ['  (none)'];
  if (bytes.length === 0) return ['  (empty)'];
  const text = isUtf8(bytes) ? bytes.toString() : undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: text that has them is shown as bytes
  if (text === undefined || /[\u0000-\u0008\u000e-\u001f]/.test(text))
    return toHexDump(bytes).map((line) => `  ${line}`);
  const rest = text.length > LONGEST_TEXT ? [`  … ${text.length - LONGEST_TEXT} more characters`] : [];
  return [
    ...text
      .slice(0, LONGEST_TEXT)
      .split('\n')
      .map((line) => `  ${toPrintable(line)}`),
    ...rest,
  ];
};

const showLetter = (
  clock: Clock,
  { colours, say }: Output,
  letter: Letter,
  record: KafkaRecord,
  extra: { readonly replayed: boolean; readonly readable: boolean | undefined; readonly blocked: string | undefined },
): void => {
  const line = (name: string, value: string) => say(`${colours.dim(name.padEnd(9))} ${toPrintable(value)}`);
  line('id', `${letter.id}${extra.replayed ? ' (replayed)' : ''}`);
  line('time', `${clock.show(letter.at)} ${clock.zone}`);
  line('reason', letter.reason);
  line('why', letter.message);
  line('from', describeSource(letter.source));
  if (extra.blocked !== undefined) line('replay', `not possible: ${extra.blocked}`);
  else line('replay', `sms-bridge dead-letters replay ${letter.id}`);
  if (extra.readable !== undefined)
    line('now', extra.readable ? 'the bytes can be read' : 'the bytes still cannot be read');
  say(colours.dim('headers'));
  for (const [name, value] of headersOf(record)) {
    say(`  ${toPrintable(name)}: ${isUtf8(value) ? toPrintable(value.toString()) : `0x${value.toString('hex')}`}`);
  }
  say(colours.dim(`key, ${record.key?.length ?? 0} bytes`));
  for (const text of showBytes(record.key)) say(text);
  say(colours.dim(`value, ${letter.bytes} bytes`));
  for (const text of showBytes(record.value)) say(text);
};

export const runDeadLettersShow: Run<object> = async ({ env, verbose, signal, output }, _options, [given = '']) => {
  const { partition, offset } = parseLetterId(given);
  const id = toLetterId(partition, offset);
  const settings = loadKafkaSettings(env);
  const clock = loadClock(env);
  const connection = openKafka(settings, verbose);
  let found: { readonly letter: Letter; readonly record: KafkaRecord } | undefined;
  const { replayed } = await scanLetters(connection, signal, (letter, record) => {
    if (letter.id === id) found = { letter, record };
  });
  if (found === undefined) {
    throw new BridgeError(
      'DEAD_LETTER_UNKNOWN',
      `there is no dead letter ${id}: see \`sms-bridge dead-letters list --all\``,
    );
  }
  const { letter, record } = found;
  const codecs = await openCodecs({
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    registryAuth: settings.SCHEMA_REGISTRY_AUTH,
    topics: connection.topics,
    logger: connection.logger,
  });
  const target = replayTarget(letter, connection.topics);
  const decoded = target.ok ? await decodeNow(record, target.value, connection.topics, codecs) : undefined;
  if (!output.json) {
    const blocked = target.ok ? undefined : target.problem;
    showLetter(clock, output, letter, record, { replayed: replayed.has(id), readable: decoded?.ok, blocked });
    return undefined;
  }
  const value = {
    ...letter,
    replayed: replayed.has(id),
    replayTo: target.ok ? target.value : null,
    readableNow: decoded?.ok ?? null,
    headers: Object.fromEntries(
      Object.entries(toHeaders(headersOf(record))).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map(String) : value.toString(),
      ]),
    ),
    keyBase64: record.key?.toString('base64') ?? null,
    valueBase64: record.value?.toString('base64') ?? null,
  };
  output.emit(value, () => '');
  return undefined;
};
