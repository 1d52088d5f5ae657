#!/usr/bin/env node
import { createProgram } from './program';
import { reportError } from './report-error';

/** A reader that has had enough (`| head`) is no error. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
};

/** A client whose close hangs must not keep a finished command from ending. */
const LINGER_MS = 3_000;

const main = async (): Promise<void> => {
  process.stdout.on('error', endWithReader);
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    const [json, verbose] = [process.argv.includes('--json'), process.argv.includes('--verbose')];
    process.exitCode = reportError(error, { json, verbose, write: (text) => process.stderr.write(text) });
  }
  setTimeout(() => process.exit(), LINGER_MS).unref();
};

void main();
