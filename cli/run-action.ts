import type { Command } from 'commander';
import { createOutput, type Output } from './output/create-output';
import { EXIT, reportError } from './report-error';
import { type SharedOptions, toEnvironment, warnOfSecrets, withOuterOptions } from './shared-options';

export type CliContext = {
  /** environment variables, overridden by the flags */
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  /** Fires at the first Ctrl-C or SIGTERM: the command must finish cleanly. */
  readonly signal: AbortSignal;
  readonly verbose: boolean;
};

/** Runs a command. Returns its exit code; undefined means 0, or 130 after an interrupt. */
export type Run<Options> = (
  context: CliContext,
  options: Options,
  args: readonly string[],
) => Promise<number | undefined>;

/** The first SIGINT or SIGTERM aborts the signal; the second one ends the process at once. */
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

/**
 * Returns the positional arguments. commander passes them before the options and the command, and
 * an omitted one as undefined.
 */
const toArguments = (received: readonly unknown[]): string[] =>
  received
    .slice(0, -2)
    .flat()
    .filter((argument) => argument !== undefined) as string[];

/**
 * Returns the action of a command. Its code is loaded when the command is called, so that `--help`
 * does not wait for the imports of other commands. Sets the exit code of the process; never
 * rejects.
 */
export const runAction =
  <Options>(load: () => Promise<Run<Options>>) =>
  async (...received: unknown[]): Promise<void> => {
    const command = received.at(-1) as Command;
    const options = withOuterOptions(command) as SharedOptions;
    const json = options.json === true;
    const verbose = options.verbose === true;
    const { signal, stop } = listenForSignals();
    // programs that ask for JSON read standard error too
    if (!json) for (const warning of warnOfSecrets(options)) process.stderr.write(warning);
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
