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

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const lock = join(dist, '.lock');
const installed = join(root, 'node_modules', '.package-lock.json');
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

const isInstalled = () => modified(installed) >= modified(join(root, 'package-lock.json')) && existsSync(installed);
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
    const done = await run('npm', [
      'install',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--loglevel=error',
    ]);
    if (done) utimesSync(installed, new Date(), new Date());
    return done;
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
    const done = await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root]);
    if (done) {
      writeFileSync(stamp, '');
      // A source that was changed during the compilation counts as newer.
      utimesSync(stamp, startedAt, startedAt);
    }
    return done;
  });
};
