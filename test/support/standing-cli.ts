import { runCommand } from '../../cli/run-command';

/** A call of a command, with all that a shell gives to a process. */
export type StandingQuestion = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

export type StandingAnswer = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Collects what is written to the stream from now on, instead of writing it. */
const caught = (stream: NodeJS.WriteStream): string[] => {
  const texts: string[] = [];
  stream.write = (text: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    texts.push(String(text));
    const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined;
    done?.();
    return true;
  };
  return texts;
};

process.on('message', async ({ args, env }: StandingQuestion) => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const [stdout, stderr] = [caught(process.stdout), caught(process.stderr)];
  process.argv.splice(2, process.argv.length, ...args);
  process.exitCode = 0;
  await runCommand(process.argv);
  process.send?.({ code: Number(process.exitCode), stdout: stdout.join(''), stderr: stderr.join('') });
  process.exitCode = 0;
});
