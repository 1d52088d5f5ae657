// Prints the path of promtool, Prometheus's own engine for its rules, which the test of the alerts
// runs. Takes one from PATH, or from Debian's package `prometheus`, kept in the user's cache
// directory. Otherwise exits with 1 and the reason. Plain Node.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const run = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 60_000 });
const works = (path) => run(path, ['--version']).status === 0;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sms-bridge');
const kept = join(cache, 'promtool');

/** Returns why it could not be fetched. */
const fetch = () => {
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, '.fetching-'));
  try {
    const download = () => run('apt-get', ['-q', 'download', 'prometheus'], scratch);
    // A new machine has no list of packages yet; only root can fetch it.
    if (download().status !== 0 && (run('apt-get', ['-q', 'update']).status !== 0 || download().status !== 0))
      return 'apt-get cannot download the package prometheus; install promtool';
    const [file] = readdirSync(scratch).filter((name) => name.endsWith('.deb'));
    if (run('dpkg-deb', ['-x', file ?? '', 'files'], scratch).status !== 0) return 'dpkg-deb cannot unpack prometheus';
    renameSync(join(scratch, 'files', 'usr', 'bin', 'promtool'), kept);
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const problem = works('promtool') || existsSync(kept) ? undefined : fetch();
if (problem === undefined) process.stdout.write(works('promtool') ? 'promtool' : kept);
else process.stderr.write(problem);
process.exit(problem === undefined ? 0 : 1);
