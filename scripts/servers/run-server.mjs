import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openWatchdog } from './watchdog.mjs';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 10_000;

/** A problem that the user can solve; shown as one line, without a stack. */
export class ServerProblem extends Error {}

/** Returns a port that is free at this moment. */
export const freePort = () =>
  new Promise((settle, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => settle(port));
    });
  });

const lastLines = (file, count) => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
};

/**
 * Runs one server until standard input closes, so that it ends with the process that started it,
 * even when that is killed by SIGKILL. A watchdog does the same for this process. Prints one line
 * when the server answers.
 * Options of the command line: `--directory DIR` keeps the data there (default: a new temporary
 * directory, removed at the end). `--port N` takes that port or fails (default: a free port, and
 * another one when it was taken meanwhile).
 *
 * - `prepare({directory, run})` creates the data directory; `run(command, args, options)` runs a
 * program that takes long, and resolves to its exit code and output
 * - `launch({directory, port})` returns how to start the server: `{command, args, options}`
 * - `probe({directory, port})` resolves to the line to print, or to undefined while the server does
 * not answer
 */
export const runServer = async ({ name, stopSignal, prepare, launch, probe }) => {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string' },
      port: { type: 'string' },
      properties: { type: 'string' },
      tls: { type: 'string' },
      'no-flush': { type: 'boolean', default: false },
    },
  });
  const temporary = values.directory === undefined;
  const directory = temporary
    ? join(tmpdir(), `sms-bridge-${name}-${randomBytes(6).toString('hex')}`)
    : resolve(values.directory);
  const log = join(directory, `${name}.log`);
  const watchdog = openWatchdog();
  if (temporary) watchdog.removeLater(directory);
  let stopping = false;
  let current;

  const leave = (code) => {
    if (temporary) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(code);
  };
  const stop = () => {
    if (stopping) return;
    stopping = true;
    current?.kill(stopSignal);
    setTimeout(() => current?.kill('SIGKILL'), STOP_LIMIT_MS).unref();
  };
  /**
   * Starts a child in a session of its own: Ctrl-C then reaches only this process, which stops the
   * server in order.
   */
  const start = (command, args, options) => {
    current = spawn(command, args, { ...options, detached: true });
    watchdog.watch(current, stopSignal.replace('SIG', ''));
    return current;
  };
  const ended = (child) =>
    new Promise((settle) => {
      child.once('error', (error) => settle({ code: null, error }));
      child.once('exit', (code) => settle({ code }));
    });
  const run = async (command, args, options = {}) => {
    const child = start(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-20_000);
      });
    }
    const { code, error } = await ended(child);
    if (stopping) leave(0);
    return { code, output: error ? String(error.message) : output };
  };

  const serve = async () => {
    for (let tries = 1; ; tries += 1) {
      const port = values.port === undefined ? await freePort() : Number(values.port);
      const { command, args, options } = await launch({ directory, port, extra: values.properties });
      const file = openSync(log, 'w');
      const server = start(command, args, { ...options, stdio: ['ignore', file, file] });
      let gone = false;
      const end = ended(server).then(() => {
        gone = true;
      });
      const deadline = Date.now() + START_LIMIT_MS;
      while (!gone && !stopping && Date.now() < deadline) {
        // Another process on that port may never answer.
        const line = await Promise.race([probe({ directory, port }), end]);
        if (line !== undefined && !gone) return { line, end };
        await Promise.race([sleep(50), end]);
      }
      if (!gone) server.kill(stopping ? stopSignal : 'SIGKILL');
      await end;
      if (stopping) leave(0);
      const why = lastLines(log, 15);
      const portTaken = /address already in use|BindException|could not create any TCP\/IP sockets/i.test(why);
      if (!portTaken || values.port !== undefined || tries === 5) {
        throw new ServerProblem(`${name} does not start. The end of its log:\n${why}`);
      }
    }
  };

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.stdin.on('end', stop).on('error', stop).resume();
  // The process that started this one died before it could read the line.
  process.stdout.on('error', stop);
  process.stderr.on('error', () => undefined);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await prepare({ directory, run, tls: values.tls, noFlush: values['no-flush'], extra: values.properties });
    const { line, end } = await serve();
    process.stdout.write(`${line}\n`);
    await end;
    if (!stopping) throw new ServerProblem(`${name} has ended. The end of its log:\n${lastLines(log, 15)}`);
    leave(0);
  } catch (error) {
    process.stderr.write(`${error instanceof ServerProblem ? error.message : error.stack}\n`);
    leave(1);
  }
};
