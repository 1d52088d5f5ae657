import type { Command } from 'commander';
import { createOutput, type Output } from './output/create-output';
import { EXIT, reportError } from './report-error';
import { type SharedOptions, toEnvironment, withOuterOptions } from './shared-options';

/** What a command works with. */
export type CliContext = {
  /** as the flags change it */
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  /** Fires at Ctrl-C: finish cleanly. */
  readonly signal: AbortSignal;
  readonly verbose: boolean;
};

/** Carries a command out; returns its exit code, 0 when it returns nothing. */
export type Run<Options> = (
  context: CliContext,
  options: Options,
  args: readonly string[],
) => Promise<number | undefined>;

/** The first Ctrl-C asks, the second one does not. */
const listenForSignals = (): { readonly signal: AbortSignal; readonly stop: () => void } => {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    stop: () => process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  };
};

/** What commander passes before the options and the command; arguments left out are undefined there. */
const toArguments = (received: readonly unknown[]): string[] =>
  received
    .slice(0, -2)
    .flat()
    .filter((argument) => argument !== undefined) as string[];

/**
 * The action of a command whose code is loaded when it is called, so that `--help` need not wait for what other commands import. Sets the
 * process' exit code; never rejects.
 */
export const runAction =
  <Options>(load: () => Promise<Run<Options>>) =>
  async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    const options = withOuterOptions(command) as SharedOptions;
    const json = options.json === true;
    const verbose = options.verbose === true;
    const { signal, stop } = listenForSignals();
    try {
      const run = await load();
      const context: CliContext = {
        env: toEnvironment(options, process.env),
        output: createOutput({ json, env: process.env, stdout: process.stdout, stderr: process.stderr }),
        stdin: process.stdin,
        stderr: process.stderr,
        signal,
        verbose,
      };
      const code = await run(context, options as Options, toArguments(received));
      process.exitCode = code ?? (signal.aborted ? EXIT.interrupted : EXIT.ok);
    } catch (error) {
      const url = options.database ?? process.env.DATABASE_URL;
      const code = reportError(error, { json, verbose, write: (text) => process.stderr.write(text), url });
      process.exitCode = signal.aborted ? EXIT.interrupted : code;
    } finally {
      stop();
    }
  };
