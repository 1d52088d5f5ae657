import { Client } from 'pg';
import { spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { type Engine, forEngine, type PerEngine } from '../../shared/database/database';
import { find, mustRun, start, toNumbers, topicsOf, until } from '../support/demo-process';
import { createEmptyDatabase } from '../support/empty-database';
import { onEachEngine } from '../support/test-engines';

const SERVER = process.env.TEST_DATABASE_URL as string;

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

const databases = async (name: string): Promise<unknown[]> =>
  onServer('postgres', `SELECT 1 FROM pg_database WHERE datname = '${name}'`);

const logins = async (name: string): Promise<unknown[]> =>
  onServer('postgres', `SELECT 1 FROM pg_roles WHERE rolname LIKE '%${name.replace('sms_demo_', '')}%'`);

const DATABASE = /database (sms_demo_\w+)/;
const TOPICS = /topics (demo-\w+\.)\*/;

/** What a demo creates on a given server. */
type Made = {
  readonly journal: string;
  readonly sendTable: string;
  readonly run: <Row>(sql: string) => Promise<Row[]>;
};

type Given = {
  readonly url: string;
  /** Returns undefined until the journal exists. */
  readonly find: () => Promise<Made | undefined>;
  /** Returns the databases, accounts and roles that remain. */
  readonly left: () => Promise<unknown[]>;
  readonly close: () => Promise<void>;
};

const GIVEN: PerEngine<() => Promise<Given>> = {
  pg: async () => {
    const made = (): Promise<{ datname: string }[]> =>
      onServer('postgres', `SELECT datname FROM pg_database WHERE datname LIKE 'sms_demo_%'`);
    return {
      url: SERVER,
      find: async () => {
        // the demo prints no names for programs
        const [database] = await made();
        if (database === undefined) return undefined;
        const run = <Row>(sql: string) => onServer<Row>(database.datname, sql);
        return { journal: 'gateway_journal', sendTable: 'client_sms_send', run };
      },
      left: made,
      close: async () => undefined,
    };
  },
  oracledb: async () => {
    const behind = await createEmptyDatabase();
    const standIn = await spawnOracleServer({
      postgresUrl: behind.url,
      users: { DBADMIN: { password: 'secret', privileges: ['DBA'] } },
      hasty: true,
    });
    const schemaOf = async (table: string): Promise<string | undefined> =>
      (await behind.run<{ name: string }>('SELECT schemaname AS name FROM pg_tables WHERE tablename = $1', [table]))[0]
        ?.name;
    return {
      url: `oracle://DBADMIN:secret@${standIn.connectString}`,
      // in the stand-in's PostgreSQL: the stand-in's administrator cannot read other users' tables
      find: async () => {
        const province = await schemaOf('gateway_journal');
        const owner = await schemaOf('client_sms_send');
        if (province === undefined || owner === undefined) return undefined;
        const run = <Row>(sql: string) => behind.run<Row>(sql);
        return { journal: `${province}.gateway_journal`, sendTable: `${owner}.client_sms_send`, run };
      },
      left: () => behind.run(`SELECT username FROM ora.accounts WHERE username <> 'DBADMIN'`),
      close: async () => {
        await standIn.close();
        await behind.drop();
      },
    };
  },
};

onEachEngine('the demo on a server that it is given', (engine: Engine) => {
  let given: Given;
  beforeAll(async () => {
    given = await forEngine(engine, GIVEN)();
  });
  afterAll(() => given.close());

  it('counts what the province got twice or never, independently of the bridge, and cleans up', async () => {
    const demo = start('--database', given.url, '--json');
    const { journal, sendTable, run } = await until(() => {
      mustRun(demo);
      return given.find();
    });
    const taken = await until(async () => {
      mustRun(demo);
      const rows = await run<{ msg_id: string }>(`SELECT msg_id FROM ${journal} ORDER BY journal_seq`).catch(() => []);
      return rows.length >= 2 ? rows.map(({ msg_id }) => msg_id) : undefined;
    });
    await run(
      `INSERT INTO ${sendTable} (msg_id, dest_addr, content, need_report, create_time) VALUES ('${taken[0]}', '8613900000000', 'again', 1, CURRENT_TIMESTAMP)`,
    );
    await run(`DELETE FROM ${journal} WHERE msg_id = '${taken[1]}'`);
    const code = await demo.ended;
    const result = JSON.parse(demo.lines.at(-1) as string) as Record<string, number>;
    expect({ code, ...result, errors: demo.errors }).toMatchObject({ code: 1, lost: 1, duplicated: 1, errors: [] });
    expect(await given.left()).toEqual([]);
  }, 240_000);
});

describe('the demo', () => {
  it('sends, follows and archives every message, reports it, and cleans up', async () => {
    const demo = start('--database', SERVER);
    const database = await until(() => find(demo, DATABASE));
    const prefix = await until(() => find(demo, TOPICS));
    const code = await demo.ended;
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
    // a broker learns of a deletion a moment after the controller
    await until(async () => ((await topicsOf(prefix)).length === 0 ? true : undefined));
  }, 180_000);

  it('stops every process at Ctrl-C, and cleans up', async () => {
    const demo = start('--database', SERVER);
    const database = await until(() => find(demo, DATABASE));
    const prefix = await until(() => find(demo, TOPICS));
    await until(() => find(demo, /(published)/));
    demo.child.kill('SIGINT');
    expect(await demo.ended).toBe(130);
    expect(await databases(database)).toEqual([]);
    // a broker learns of a deletion a moment after the controller
    await until(async () => ((await topicsOf(prefix)).length === 0 ? true : undefined));
  }, 120_000);
});
