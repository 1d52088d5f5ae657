import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { findPackageRoot } from '../../services/shared/avro/load-schemas';

const MAIN = join(findPackageRoot(__dirname), 'dist', 'cli', 'main.js');

export type CliResult = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** standard output as lines of JSON */
  readonly json: () => readonly Record<string, unknown>[];
};

export type CliProcess = {
  readonly child: ChildProcess;
  /** what it wrote to standard output so far */
  readonly stdout: () => string;
  readonly result: Promise<CliResult>;
};

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the compiled command as a person would. */
export const startCli = (
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string | Buffer;
    /** the input does not end with it */
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
      const stdout = text(out);
      resolve({
        code,
        stdout,
        stderr: text(err),
        ms: Date.now() - startedAt,
        json: () =>
          stdout
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Record<string, unknown>),
      });
    });
  });
  return { child, stdout: () => text(out), result };
};

/** Runs the compiled command to its end. */
export const runCli = (...of: Parameters<typeof startCli>): Promise<CliResult> => startCli(...of).result;
