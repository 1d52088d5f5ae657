import { createProgram } from './program';
import { reportError } from './report-error';

/**
 * Runs the command that the arguments name. Sets the exit code of the process; never rejects.
 * @param argv as `process.argv`
 */
export const runCommand = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram(argv).parseAsync([...argv]);
  } catch (error) {
    const [json, verbose] = [argv.includes('--json'), argv.includes('--verbose')];
    process.exitCode = reportError(error, { json, verbose, write: (text) => process.stderr.write(text) });
  }
};
