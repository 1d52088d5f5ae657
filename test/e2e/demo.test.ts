import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';

const ROOT = join(__dirname, '..', '..');
const SERVER = process.env.TEST_DATABASE_URL as string;
const BROKERS = process.env.TEST_KAFKA_BROKERS as string;

type Demo = { readonly child: ChildProcess; readonly lines: string[]; readonly errors: string[] };

const start = (...args: string[]): Demo => {
  const own = ['demo', '--kafka', BROKERS, '--database', SERVER, ...args];
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), ...own], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const demo: Demo = { child, lines: [], errors: [] };
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => demo.lines.push(line));
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => demo.errors.push(line));
  return demo;
};

const endOf = async ({ child }: Demo): Promise<number> => ((await once(child, 'close')) as [number])[0];

const until = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const find = (demo: Demo, pattern: RegExp): string | undefined => {
  if (demo.child.exitCode !== null)
    throw new Error(`the demo has ended: ${[...demo.lines, ...demo.errors].join('\n')}`);
  return demo.lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
};

const toNumbers = (line: string): Record<string, number> =>
  Object.fromEntries(
    line
      .split(' ')
      .map((field) => field.split('='))
      .map(([name, count]) => [name, Number(count)]),
  );

const onServer = async <Row>(database: string, sql: string): Promise<Row[]> => {
  const url = new URL(SERVER);
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
};

const topicsOf = async (prefix: string): Promise<string[]> => {
  const admin = new Kafka({ brokers: BROKERS.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  return topics.filter((topic) => topic.startsWith(prefix));
};

const databases = async (name: string): Promise<unknown[]> =>
  onServer('postgres', `SELECT 1 FROM pg_database WHERE datname = '${name}'`);

const logins = async (name: string): Promise<unknown[]> =>
  onServer('postgres', `SELECT 1 FROM pg_roles WHERE rolname LIKE '%${name.replace('sms_demo_', '')}%'`);

const DATABASE = /database (sms_demo_\w+):/;
const TOPICS = /topics (demo-\w+\.)\*/;

describe('the demo', () => {
  it('sends, follows and archives every message, says so, and leaves nothing behind', async () => {
    const demo = start('--messages', '120');
    const database = await until(() => find(demo, DATABASE));
    const prefix = await until(() => find(demo, TOPICS));
    const code = await endOf(demo);
    const summary = toNumbers(demo.lines.at(-1) as string);
    expect({ code, errors: demo.errors, summary }).toMatchObject({
      code: 0,
      errors: [],
      summary: { published: 120, lost: 0, duplicated: 0 },
    });
    expect(summary.delivered! + summary.undelivered! + summary.expired! + summary.rejected!).toBe(120);
    expect(summary.handed).toBeGreaterThan(90);
    expect(summary.archived).toBeGreaterThan(110);
    expect(await databases(database)).toEqual([]);
    expect(await logins(database)).toEqual([]);
    expect(await topicsOf(prefix)).toEqual([]);
  }, 180_000);

  it('counts what the province got twice, and what it never got, whatever the platform says', async () => {
    const demo = start('--messages', '120', '--json');
    // names are not printed for programs: the database is the one whose journal fills
    const database = await until(async () => {
      const rows = await onServer<{ datname: string }>(
        'postgres',
        `SELECT datname FROM pg_database WHERE datname LIKE 'sms_demo_%'`,
      );
      return rows[0]?.datname;
    });
    const taken = await until(async () => {
      const rows = await onServer<{ msg_id: string }>(
        database,
        `SELECT msg_id FROM gateway_journal ORDER BY journal_seq LIMIT 2`,
      ).catch(() => []);
      return rows.length === 2 ? rows.map(({ msg_id }) => msg_id) : undefined;
    });
    await onServer(
      database,
      `INSERT INTO client_sms_send (msg_id, dest_addr, content, need_report, create_time) VALUES ('${taken[0]}', '8613900000000', 'again', 1, now())`,
    );
    await onServer(database, `DELETE FROM gateway_journal WHERE msg_id = '${taken[1]}'`);
    const code = await endOf(demo);
    const result = JSON.parse(demo.lines.at(-1) as string) as Record<string, number>;
    expect({ code, ...result }).toMatchObject({ code: 1, lost: 1, duplicated: 1 });
  }, 180_000);

  it('stops everything at Ctrl-C, and leaves nothing behind', async () => {
    const demo = start('--messages', '120');
    const database = await until(() => find(demo, DATABASE));
    const prefix = await until(() => find(demo, TOPICS));
    await until(() => find(demo, /(published)/));
    demo.child.kill('SIGINT');
    expect(await endOf(demo)).toBe(130);
    expect(await databases(database)).toEqual([]);
    expect(await topicsOf(prefix)).toEqual([]);
  }, 120_000);

  it('names the service that dies, and shows the end of its log', async () => {
    const demo = start('--messages', '120', '--keep');
    await until(() => find(demo, /(published)/));
    const [relay] = await until(async () => {
      const ps = spawn('ps', ['-eo', 'pid=,ppid=,args=']);
      const found: number[] = [];
      for await (const line of createInterface({ input: ps.stdout })) {
        const [pid, parent, ...args] = line.trim().split(/\s+/);
        if (Number(parent) === demo.child.pid && args.join(' ').includes('exchange-relay/main.js'))
          found.push(Number(pid));
      }
      return found.length === 1 ? found : undefined;
    });
    process.kill(relay as number, 'SIGKILL');
    expect(await endOf(demo)).toBe(1);
    const said = demo.errors.join('\n');
    expect(said).toMatch(/exchange-relay has ended \(killed by SIGKILL\)/);
    expect(said).toMatch(/"service":"exchange-relay"/);
  }, 120_000);
});
