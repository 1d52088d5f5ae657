import { once } from 'node:events';
import { createColors } from 'picocolors';

export type Colours = ReturnType<typeof createColors>;

type Stream = NodeJS.WriteStream;

/** Results go to standard output, notes on the progress to standard error. */
export type Output = {
  readonly json: boolean;
  readonly colours: Colours;
  /** the width of the terminal; infinite for pipes and files, which get whole lines */
  readonly columns: number;
  readonly emit: (value: object, text: () => string) => void;
  /** Writes a sentence for the user; omitted with `--json`. */
  readonly say: (text: string) => void;
  readonly note: (text: string) => void;
  /** Resolves when standard output has drained. A loop that calls `emit` must await it. */
  readonly drained: () => Promise<void>;
};

/**
 * Tells whether to use colours. NO_COLOR counts when present and not empty (https://no-color.org).
 * A pipe gets colours only with FORCE_COLOR.
 */
export const wantsColours = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
};

/** Creates the channels of a command. Only text has colours, and only if the stream wants them. */
export const createOutput = (options: {
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Stream;
  readonly stderr: Stream;
}): Output => {
  const { json, env, stdout, stderr } = options;
  return {
    json,
    colours: createColors(!json && wantsColours(stdout, env)),
    columns: (stdout.isTTY && stdout.columns) || Number.POSITIVE_INFINITY,
    emit: (value, text) => {
      stdout.write(`${json ? JSON.stringify(value) : text()}\n`);
    },
    say: (text) => {
      if (!json) stdout.write(`${text}\n`);
    },
    note: (text) => {
      stderr.write(`${text}\n`);
    },
    drained: async () => {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
  };
};
