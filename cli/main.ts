#!/usr/bin/env node
import { runCommand } from './run-command';

/** Ends the process when the reader of a pipe has closed it, as `| head` does: that is no error. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
};

/** Limit for open handles after the command has finished, such as a client whose close hangs. */
const LINGER_MS = 3_000;

const main = async (): Promise<void> => {
  process.stdout.on('error', endWithReader);
  await runCommand(process.argv);
  setTimeout(() => process.exit(), LINGER_MS).unref();
};

void main();
