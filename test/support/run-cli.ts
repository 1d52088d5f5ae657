import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import type { StandingAnswer } from './standing-cli';

const MAIN = join(findPackageRoot(__dirname), 'dist', 'cli', 'main.js');

export type CliResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** Parses standard output as lines of JSON. */
  readonly json: () => readonly Record<string, unknown>[];
};

export type CliProcess = {
  readonly child: ChildProcess;
  /** Returns its standard output so far. */
  readonly stdout: () => string;
  readonly result: Promise<CliResult>;
};

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const toResult = (answer: StandingAnswer, startedAt: number): CliResult => ({
  ...answer,
  ms: Date.now() - startedAt,
  json: () =>
    answer.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
});

/** Starts the compiled command as a user does. */
export const startCli = (
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string | Buffer;
    /** Keeps standard input open after this input. */
    readonly keepOpen?: boolean;
  } = {},
): CliProcess => {
  const startedAt = Date.now();
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // a command that does not read its input closes it
  child.stdin.on('error', () => undefined);
  if (options.keepOpen) child.stdin.write(options.input ?? '');
  else child.stdin.end(options.input ?? '');
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString();
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve(toResult({ code, stdout: text(out), stderr: text(err) }, startedAt));
    });
  });
  return { child, stdout: () => text(out), result };
};

/** Runs the compiled command to its end. */
export const runCli = (...of: Parameters<typeof startCli>): Promise<CliResult> => startCli(...of).result;

/** Returns the words that name the command in `oracle script dba --owner x`. */
const commandIn = (args: readonly string[]): string => {
  const flags = args.findIndex((word) => word.startsWith('-'));
  return args.slice(0, Math.min(2, flags < 0 ? args.length : flags)).join(' ');
};

/**
 * For suites that call commands dozens of times, because loading their code takes a second. A
 * command's first call is a process of its own; later calls run one after the other in one process.
 */
export const useStandingCli = (): ((
  args: readonly string[],
  options?: { readonly env?: Readonly<Record<string, string>> },
) => Promise<CliResult>) => {
  const known = new Set<string>();
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  afterAll(() => void child?.kill('SIGKILL'));
  const ask = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> => {
    child ??= fork(join(findPackageRoot(__dirname), 'dist', 'test', 'support', 'standing-cli.js'), {
      env: { PATH: process.env.PATH },
    });
    running.add(child);
    const startedAt = Date.now();
    child.send({ args, env: { PATH: process.env.PATH, ...env } });
    const [answer] = (await once(child, 'message')) as [StandingAnswer];
    return toResult(answer, startedAt);
  };
  return (args, { env = {} } = {}) => {
    const command = commandIn(args);
    if (!known.has(command)) {
      known.add(command);
      return runCli(args, { env });
    }
    const answered = last.then(() => ask(args, env));
    last = answered.catch(() => undefined);
    return answered;
  };
};
