// Prepares `npm start`, `npm test` and the tests themselves: installs the packages and compiles the
// sources. Plain Node.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openWatchdog } from './servers/watchdog.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const lock = join(dist, '.lock');
const modules = join(root, 'node_modules');
const installed = join(modules, '.package-lock.json');
/** exists while npm is at work, and stays when npm is killed */
const installing = join(dist, '.installing');
const SOURCES = ['shared', 'services', 'cli', 'migrations', 'oracle-stand-in', 'test', 'tsconfig.json'];

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

const newestOf = (path) => {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  // The time of a directory changes when a file in it is removed.
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestOf(join(path, name))));
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

const tryLock = () => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
};

const holderOf = (path) => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
};

/**
 * Removes the lock of a killed process. It is renamed first, so that only one of two processes that
 * notice it removes it.
 */
const breakStaleLock = (holder) => {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (holderOf(aside) !== holder) renameSync(aside, lock);
  else rmSync(aside);
};

/** Serialises installing and compiling in one clone. */
const withLock = async (work) => {
  mkdirSync(dist, { recursive: true });
  for (let waited = false; !tryLock(); waited = true) {
    const holder = holderOf(lock);
    if (holder > 0 && !isAlive(holder)) breakStaleLock(holder);
    else if (!waited) process.stderr.write('another command in this clone installs or compiles: waiting for it …\n');
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
};

/** Runs a program with the output of this process. Resolves to true when it succeeded. */
export const run = (command, args, stdout = 'inherit') =>
  new Promise((settle) => {
    const child = spawn(command, args, { cwd: root, stdio: ['inherit', stdout, 'inherit'] });
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
  });

/**
 * Runs a program that changes this clone. Resolves to its exit code. An interrupt ends the program
 * and all that it started before it ends this process, because a program that lives on would change
 * the clone under the next command; a watchdog does the same when this process is killed.
 */
const runAlone = (command, args) =>
  new Promise((settle) => {
    const watchdog = openWatchdog();
    // In a session of its own: Ctrl-C reaches only this process.
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true });
    watchdog.watchAll(child, 'KILL');
    let interrupted = false;
    const interrupt = () => {
      interrupted = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    for (const signal of INTERRUPTS) process.on(signal, interrupt);
    const end = (code) => {
      for (const signal of INTERRUPTS) process.off(signal, interrupt);
      if (interrupted) {
        rmSync(lock, { force: true });
        process.exit(130);
      }
      settle(code);
    };
    child.once('error', () => end(1));
    child.once('exit', end);
  });

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const isInstalled = () =>
  !existsSync(installing) && modified(installed) >= modified(join(root, 'package-lock.json')) && existsSync(installed);
const isBuilt = () =>
  existsSync(stamp) && modified(stamp) > Math.max(...SOURCES.map((name) => newestOf(join(root, name))));

/**
 * Installs the packages when the lock file is newer. Uses `npm install`, not `npm ci`: the registry
 * that the lock file was made with lacks the builds of biome, swc and jest's resolver for other
 * platforms. The lock file lacks them too, and `npm ci` refuses it; `npm install` takes the locked
 * versions and looks up the rest.
 */
export const installWhenStale = async (note = () => undefined) => {
  if (isInstalled()) return true;
  return withLock(async () => {
    if (isInstalled()) return true;
    note();
    // npm takes a package for complete whose unpacking was interrupted.
    if (existsSync(installing)) rmSync(modules, { recursive: true, force: true });
    writeFileSync(installing, '');
    const code = await runAlone('npm', [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--loglevel=error',
    ]);
    // After a failure of its own, npm has put back what was there.
    if (code !== null) rmSync(installing);
    if (code === 0) utimesSync(installed, new Date(), new Date());
    return code === 0;
  });
};

/**
 * Compiles to `dist` when a source is newer. Resolves to false when the compiler found errors; the
 * files that it could compile exist.
 */
export const buildWhenStale = async (note = () => undefined) => {
  if (isBuilt()) return true;
  return withLock(async () => {
    if (isBuilt()) return true;
    note();
    const startedAt = new Date();
    // Directly from the package: PATH may find the compiler of another clone.
    const code = await runAlone(process.execPath, [join(modules, 'typescript', 'bin', 'tsc'), '-p', root]);
    const done = code === 0;
    if (done) {
      writeFileSync(stamp, '');
      // A source that was changed during the compilation counts as newer.
      utimesSync(stamp, startedAt, startedAt);
    }
    return done;
  });
};
