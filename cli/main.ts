#!/usr/bin/env node
import { runCommand } from './run-command';

/** A reader that has had enough (`| head`) is no error. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
};

/** A client whose close hangs must not keep a finished command from ending. */
const LINGER_MS = 3_000;

const main = async (): Promise<void> => {
  process.stdout.on('error', endWithReader);
  await runCommand(process.argv);
  setTimeout(() => process.exit(), LINGER_MS).unref();
};

void main();
