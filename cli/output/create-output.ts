import { once } from 'node:events';
import { createColors } from 'picocolors';

export type Colours = ReturnType<typeof createColors>;

type Stream = NodeJS.WriteStream;

/** Where a command's words go: results to standard output, everything about the work itself to standard error. */
export type Output = {
  /** Results are lines of JSON, for programs. */
  readonly json: boolean;
  readonly colours: Colours;
  /** One result: a line of JSON, or what a person reads. */
  readonly emit: (value: object, text: () => string) => void;
  /** A sentence for people; programs do not get it. */
  readonly say: (text: string) => void;
  /** A sentence about the work, to standard error. */
  readonly note: (text: string) => void;
  /** Resolves when the reader of the results has kept up: `emit` in a loop must wait for it. */
  readonly drained: () => Promise<void>;
};

/** https://no-color.org: present and not empty. A pipe gets no colours unless FORCE_COLOR asks for them. */
export const wantsColours = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
};

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
