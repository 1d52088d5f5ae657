import { loadClock } from '../connect/load-clock';
import { openKafka } from '../connect/open-kafka';
import { loadKafkaSettings } from '../connect/settings';
import { toTable } from '../output/to-table';
import type { Run } from '../run-action';
import { describeSource } from './dead-letter';
import { scanLetters } from './scan-letters';

export type ListArguments = { readonly reason?: string; readonly limit: number; readonly all?: boolean };

const WHY_LENGTH = 100;

const shorten = (text: string): string => (text.length > WHY_LENGTH ? `${text.slice(0, WHY_LENGTH - 1)}…` : text);

export const runDeadLettersList: Run<ListArguments> = async (context, { reason, limit, all }) => {
  const { env, verbose, signal, output } = context;
  const clock = loadClock(env);
  const { letters, replayed } = await scanLetters(openKafka(loadKafkaSettings(env), verbose), signal);
  const wanted = letters.filter(
    (letter) => (all || !replayed.has(letter.id)) && (reason === undefined || letter.reason === reason.toUpperCase()),
  );
  const shown = wanted.slice(-limit);
  if (output.json) {
    for (const letter of shown) output.emit({ ...letter, replayed: replayed.has(letter.id) }, () => '');
    return undefined;
  }
  if (shown.length === 0) {
    output.say(
      letters.length === 0 ? 'no dead letters' : 'no dead letters of that kind; --all also lists replayed ones',
    );
    return undefined;
  }
  const rows = shown.map((letter) => [
    letter.id,
    clock.show(letter.at).slice(0, 19),
    letter.reason,
    describeSource(letter.source),
    letter.truncatedFrom === undefined ? letter.bytes : `${letter.bytes} of ${letter.truncatedFrom}`,
    `${replayed.has(letter.id) ? '(replayed) ' : ''}${shorten(letter.message)}`,
  ]);
  output.say(toTable(['ID', `TIME (${clock.zone})`, 'REASON', 'FROM', 'BYTES', 'WHY'], rows, output));
  if (wanted.length > shown.length)
    output.note(`${wanted.length - shown.length} older ones are not shown; --limit shows more`);
  return undefined;
};
