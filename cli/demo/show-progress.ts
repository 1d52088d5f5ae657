import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Colours } from '../output/create-output';

/** Progress of a run. A total of 0 means: not known yet. */
export type Counts = {
  readonly published: number;
  readonly handed: number;
  readonly settled: number;
  readonly inbound: number;
  readonly archived: number;
};

export type Progress = {
  readonly update: (counts: Counts, totals: Counts, words: string) => void;
  /** Writes a line above the bars. */
  readonly say: (line: string) => void;
  readonly close: () => void;
};

const ROWS: readonly (readonly [keyof Counts, string])[] = [
  ['published', 'published'],
  ['handed', 'handed over'],
  ['settled', 'final status'],
  ['inbound', 'replies'],
  ['archived', 'archived'],
];

const barsOn = (stream: NodeJS.WriteStream, colours: Colours): Progress => {
  const container = new MultiBar(
    {
      stream,
      hideCursor: true,
      // The final state stays on the screen.
      clearOnComplete: false,
      forceRedraw: true,
      autopadding: true,
      barsize: Math.max(10, Math.min(40, stream.columns - 60)),
      format: `  {title} ${colours.cyan('{bar}')} {value} of {total}  {words}`,
    },
    Presets.shades_classic,
  );
  const bars = new Map<keyof Counts, SingleBar>();
  return {
    update: (counts, totals, words) => {
      for (const [name, title] of ROWS) {
        const own = { title: title.padEnd(12), words: name === 'archived' ? words : '' };
        const bar = bars.get(name) ?? container.create(totals[name], 0, own);
        bars.set(name, bar);
        bar.setTotal(Math.max(totals[name], counts[name]));
        bar.update(counts[name], own);
      }
    },
    say: (line) => container.log(`${line}\n`),
    close: () => container.stop(),
  };
};

const LINE_EVERY_MS = 1_000;

const linesTo = (write: (text: string) => void, now: () => number): Progress => {
  let last = 0;
  let shown = '';
  let latest = '';
  const line = (counts: Counts, words: string): string =>
    words === ''
      ? `published ${counts.published}  handed ${counts.handed}  final ${counts.settled}  inbound ${counts.inbound}`
      : `archived ${counts.archived}  (night job ${words})`;
  const show = (): void => {
    if (latest === shown) return;
    shown = latest;
    last = now();
    write(shown);
  };
  return {
    update: (counts, _totals, words) => {
      latest = line(counts, words);
      if (now() - last >= LINE_EVERY_MS) show();
    },
    say: write,
    close: show,
  };
};

/**
 * Opens progress bars on a terminal. Elsewhere a line is written at most once a second, and only
 * when something has changed.
 * @param say writes a line
 */
export const openProgress = (
  stream: NodeJS.WriteStream,
  colours: Colours,
  say: (text: string) => void,
  now: () => number = Date.now,
): Progress => (stream.isTTY ? barsOn(stream, colours) : linesTo(say, now));
