import { Format, Presets, SingleBar } from 'cli-progress';
import { wantsColours } from './create-output';

export type Progress = {
  /**
   * Moves the bar.
   * @param words text to the right of the bar
   */
  readonly update: (done: number, total: number, words: string) => void;
  readonly note: (text: string) => void;
  readonly close: () => void;
};

/** Opens a progress bar on standard error; without a terminal, only notes are written. */
export const openProgress = (title: string, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Progress => {
  const note = (text: string): void => {
    stderr.write(`${text}\n`);
  };
  if (!stderr.isTTY) return { update: () => undefined, note, close: () => undefined };
  const cyan = wantsColours(stderr, env) ? ['\u001b[36m', '\u001b[39m'] : ['', ''];
  const bar = new SingleBar(
    {
      stream: stderr,
      hideCursor: true,
      // Keeps a bar that reached 100 % on the screen, with its last numbers.
      stopOnComplete: false,
      fps: 10,
      format: (options, { progress }, { words }: { readonly words: string }) =>
        `${title} ${cyan[0]}${Format.BarFormat(progress, options)}${cyan[1]} ${String(Math.floor(progress * 100)).padStart(3)} %  ${words}`,
    },
    Presets.shades_classic,
  );
  let open = false;
  return {
    update: (done, total, words) => {
      if (!open) bar.start(Math.max(1, total), done, { words });
      open = true;
      bar.setTotal(Math.max(1, total));
      bar.update(Math.min(done, Math.max(1, total)), { words });
    },
    note: (text) => note(open ? `\r\u001b[K${text}` : text),
    close: () => {
      if (open) bar.stop();
      open = false;
    },
  };
};
