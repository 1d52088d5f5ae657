import { createProgram } from './program';
import { reportError } from './report-error';

/** Carries out what the arguments say. Sets the process' exit code; never rejects. @param argv as `process.argv` */
export const runCommand = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram(argv).parseAsync([...argv]);
  } catch (error) {
    const [json, verbose] = [argv.includes('--json'), argv.includes('--verbose')];
    process.exitCode = reportError(error, { json, verbose, write: (text) => process.stderr.write(text) });
  }
};
