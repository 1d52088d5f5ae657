#!/usr/bin/env node
import { runCommand } from './run-command';

/**
 * Ends the process when its output can no longer be written. A reader of a pipe that has closed it,
 * as `| head` does, is no error; a full disk is one.
 */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`sms-bridge: the output cannot be written: ${error.message}\n`);
  process.exit(1);
};

/** Limit for open handles after the command has finished, such as a client whose close hangs. */
const LINGER_MS = 3_000;

const main = async (): Promise<void> => {
  process.stdout.on('error', endWithReader);
  await runCommand(process.argv);
  setTimeout(() => process.exit(), LINGER_MS).unref();
};

void main();
