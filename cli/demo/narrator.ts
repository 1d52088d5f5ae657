import type { Output } from '../output/create-output';

export type Narrator = {
  /** Writes a line with the seconds since the start. */
  readonly say: (text: string) => void;
  /** Writes the lines through another function, as long as bars are on the screen. */
  readonly through: (write: ((line: string) => void) | undefined) => void;
};

export const createNarrator = (output: Output): Narrator => {
  const startedAt = Date.now();
  let write: ((line: string) => void) | undefined;
  return {
    say: (text) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5);
      (write ?? output.say)(`${output.colours.dim(`${seconds} s`)}  ${text}`);
    },
    through: (other) => {
      write = other;
    },
  };
};
