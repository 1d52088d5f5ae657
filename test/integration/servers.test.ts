import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';

const SCRIPTS = join(__dirname, '..', '..', 'scripts', 'servers');

type Running = { readonly child: ChildProcess; readonly line: string };

/** Each test has its own temporary directory, so that leftovers are visible. */
let scratch = '';
const children: ChildProcess[] = [];

const launch = (name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess => {
  const child = spawn(process.execPath, [join(SCRIPTS, `${name}-server.mjs`), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: scratch, ...env },
  });
  children.push(child);
  return child;
};

const start = async (name: string, args: readonly string[] = []): Promise<Running> => {
  const child = launch(name, args);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  });
  return { child, line };
};

const stop = async ({ child }: Running): Promise<number> => {
  child.stdin?.end();
  const [code] = (await once(child, 'exit')) as [number];
  return code;
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
};

/**
 * Returns every process with its parent and state; without /proc by `ps`, which other Unix systems
 * have.
 */
const processes = (): readonly { readonly pid: number; readonly parent: number; readonly dead: boolean }[] => {
  const lines = existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
          try {
            const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
            return [`${name} ${parent} ${state}`];
          } catch {
            return []; // it has ended meanwhile
          }
        })
    : execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), dead: state.startsWith('Z') };
  });
};

const childrenOf = (of: number): number[] =>
  processes()
    .filter(({ parent }) => parent === of)
    .map(({ pid }) => pid);

const isAlive = (of: number): boolean => processes().some(({ pid, dead }) => pid === of && !dead);

const failureOf = async (child: ChildProcess): Promise<{ readonly code: number; readonly said: string }> => {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
};

const PROBES: Readonly<Record<string, (line: string) => Promise<string>>> = {
  postgres: async (url) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('SELECT version() AS version');
    await client.end();
    return rows[0].version as string;
  },
  kafka: async (broker) => {
    const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    await admin.disconnect();
    return clusterId;
  },
};

beforeEach(() => {
  // where PostgreSQL's own user may enter
  scratch = mkdtempSync(join(tmpdir(), 'sms-bridge-servers-test-'));
  spawn('chmod', ['711', scratch]);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await until(() => readdirSync(scratch).every((name) => !name.startsWith('sms-bridge-')));
  rmSync(scratch, { recursive: true, force: true });
});

describe.each(['postgres', 'kafka'])('the %s server', (name) => {
  const probe = PROBES[name] as (line: string) => Promise<string>;

  it('answers as soon as it prints its line, twice at once, and cleans up', async () => {
    const both = await Promise.all([start(name), start(name)]);
    const identities = await Promise.all(both.map(({ line }) => probe(line)));
    expect(identities.every((identity) => identity.length > 0)).toBe(true);
    expect(both[0].line).not.toBe(both[1].line);
    expect(await Promise.all(both.map(stop))).toEqual([0, 0]);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('keeps its data in a given directory', async () => {
    const directory = join(scratch, 'kept');
    const first = await start(name, ['--directory', directory]);
    const identity = await probe(first.line);
    await stop(first);
    const second = await start(name, ['--directory', directory]);
    expect(await probe(second.line)).toBe(identity);
    await stop(second);
    expect(existsSync(directory)).toBe(true);
  });

  it('reports that its required port is taken', async () => {
    const other: Server = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, said } = await failureOf(launch(name, ['--port', String(port)]));
    other.close();
    expect(code).toBe(1);
    expect(said).toMatch(/does not start/);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe.each(['postgres', 'kafka'])('the %s server, when its starter', (name) => {
  it('is killed, ends and cleans up', async () => {
    const { child } = await start(name);
    const servers = childrenOf(child.pid as number);
    expect(servers.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGKILL');
    await until(() => servers.every((pid) => !isAlive(pid)));
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('Kafka', () => {
  it('without Java reports in one line what to install, and the alternative', async () => {
    const { code, said } = await failureOf(launch('kafka', [], { PATH: '/nowhere', JAVA_HOME: '' }));
    expect(code).toBe(1);
    expect(said.trimEnd().split('\n')).toHaveLength(1);
    expect(said).toMatch(/Java.*17.*--kafka host:port/);
  });

  it.each([
    ['1.8.0_402', 8],
    ['11.0.22', 11],
  ])('with Java %s reports the version that it needs', async (version, major) => {
    const java = join(scratch, 'java');
    writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, { mode: 0o755 });
    const { code, said } = await failureOf(launch('kafka', [], { PATH: scratch, JAVA_HOME: '' }));
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`^Java is version ${major}, .*17.*--kafka host:port\\n$`));
  });

  it('without Maven reports it, unless the archive was downloaded before', async () => {
    const java = join(scratch, 'java');
    writeFileSync(java, '#!/bin/sh\necho \'openjdk version "17.0.1"\' >&2\n', { mode: 0o755 });
    const env = { PATH: scratch, JAVA_HOME: '', XDG_CACHE_HOME: join(scratch, 'cache') };
    const { code, said } = await failureOf(launch('kafka', [], env));
    expect(code).toBe(1);
    expect(said).toMatch(/^Maven is not installed.*--kafka host:port\n$/);
  });
});
