import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countJournal, countWaitingAnswers } from '../../services/gateway-simulator/adapters/read-journal';
import { simulatorConfig } from '../../services/gateway-simulator/config';
import { decideAnswers } from '../../services/gateway-simulator/core/decide-answers';
import { toBehaviour } from '../../services/gateway-simulator/core/to-behaviour';
import { loadConfig } from '../../services/shared/config/define-config';
import type { Query } from '../../services/shared/database/open-database';
import { inTransaction } from '../../services/shared/database/transaction';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createProvince, insertExchangeRows, type Province, readAnswers, toAnswerText } from '../support/province';
import { type ServiceProcess, startService } from '../support/service-process';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

/** Fast, and everything a gateway does wrong, often. */
const TROUBLESOME = {
  SIMULATOR_POLL_MS: '2-20',
  SIMULATOR_SUBMIT_MS: '0-60',
  SIMULATOR_REPORT_MS: '0-150',
  SIMULATOR_LATE_MS: '50-150',
  SIMULATOR_REPLY_MS: '0-100',
  SIMULATOR_SUBMIT_FAILED_RATIO: '0.05',
  SIMULATOR_NO_SUBMIT_RATIO: '0.05',
  SIMULATOR_NO_REPORT_RATIO: '0.05',
  SIMULATOR_DUPLICATE_SUBMIT_RATIO: '0.1',
  SIMULATOR_DUPLICATE_REPORT_RATIO: '0.1',
  SIMULATOR_EARLY_REPORT_RATIO: '0.1',
  SIMULATOR_LATE_REPORT_RATIO: '0.1',
  SIMULATOR_INTERIM_REPORT_RATIO: '0.1',
  SIMULATOR_UNKNOWN_REPORT_RATIO: '0.1',
};

type Row = { msg_id: string; dest_addr: string; ext_code: string; content: string; need_report: number };

describe('the simulator as a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const exchangeFile = join(folder, 'exchange.json');
  let database: TestDatabase;
  let province: Province;
  let names = loadExchangeNames();
  let processes: ServiceProcess[];

  const open = async (file?: string): Promise<void> => {
    names = loadExchangeNames(file);
    database = await createTestDatabase(names);
    province = await createProvince(database);
    processes = [];
  };
  afterEach(async () => {
    await Promise.all(processes.map((started) => (started.exited() ? undefined : started.kill())));
    await province.close();
    await database.drop();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (env: Readonly<Record<string, string>>): ServiceProcess => {
    const started = startService('gateway-simulator', {
      DATABASE_URL: province.url,
      INSTANCE_ID: `simulator-${processes.length}`,
      ...env,
    });
    processes.push(started);
    return started;
  };

  /** Rows handed over, as they were, so that it can be told afterwards what should have been answered. */
  const handOver = async (prefix: string, count: number): Promise<readonly Row[]> => {
    const {
      columns: { send },
    } = names;
    // one transaction: afterwards a simulator may have taken some of them
    return inTransaction(database.db, async (tx) => {
      await insertExchangeRows({ db: { ...database.db, ...tx } }, names, prefix, count);
      const { rows } = await tx.query<Row>(
        `SELECT ${send.msgId} AS msg_id, ${send.destAddr} AS dest_addr, ${send.extCode} AS ext_code, ${send.content} AS content,
                ${send.needReport} AS need_report FROM ${names.tables.send} WHERE ${send.msgId} LIKE $1 || '-%'`,
        [prefix],
      );
      return rows;
    });
  };

  const remaining = async (query: Query): Promise<number> => {
    const { rows } = await query<{ rows: string }>(`SELECT count(*) AS rows FROM ${names.tables.send}`);
    return Number(rows[0]?.rows);
  };

  const allAnswered = async (rows: number): Promise<boolean> =>
    (await countJournal(province.db).catch(() => ({ total: 0 }))).total >= rows &&
    (await countWaitingAnswers(province.db)) === 0;

  /** What the journalled rows should have been answered, by the same pure function, sorted. */
  const expectedAnswers = async (rows: readonly Row[], env: Readonly<Record<string, string>>) => {
    const behaviour = toBehaviour(loadConfig(simulatorConfig, { DATABASE_URL: province.url, ...env }), names);
    const { rows: journal } = await province.db.query<{ msg_id: string; gateway_msg_id: string }>(
      'SELECT msg_id, gateway_msg_id FROM gateway_journal',
    );
    const ids = new Map(journal.map((row) => [row.msg_id, row.gateway_msg_id]));
    return rows
      .flatMap((row) =>
        decideAnswers(
          {
            msgId: row.msg_id,
            destAddr: row.dest_addr,
            extCode: row.ext_code,
            content: row.content,
            needReport: row.need_report === 1,
            gatewayMsgId: ids.get(row.msg_id) ?? 'not taken',
          },
          behaviour,
        ),
      )
      .map(toAnswerText)
      .sort();
  };

  it('three at once take each row once and give every answer once', async () => {
    await open();
    const env = { ...TROUBLESOME, SIMULATOR_BATCH_SIZE: '100' };
    const started = [start(env), start(env), start(env)];
    await Promise.all(started.map((simulator) => simulator.ready()));
    const rows = await handOver('m', 3000);
    await waitUntil('all rows are answered', () => allAnswered(3000));
    expect(await countJournal(province.db)).toEqual({ total: 3000, distinct: 3000, duplicated: 0 });
    expect(await readAnswers(database, names)).toEqual(await expectedAnswers(rows, env));
    const { rows: instances } = await province.db.query('SELECT DISTINCT instance_id FROM gateway_journal');
    expect(instances.length).toBeGreaterThan(1);
    expect(await Promise.all(started.map((simulator) => simulator.stop()))).toEqual([0, 0, 0]);
  });

  it('killed at every step and at any moment, it keeps an exact journal and gives every answer once', async () => {
    await open();
    const env = { ...TROUBLESOME, SIMULATOR_BATCH_SIZE: '50' };
    const rows: Row[] = [];
    let kills = 0;
    // in one statement: the server may still commit what a killed process asked for
    const journalAndRest = async () => {
      const { rows: counted } = await database.db.query<{ sum: string }>(
        `SELECT (SELECT count(*) FROM ${province.username}.gateway_journal) + (SELECT count(*) FROM ${names.tables.send}) AS sum`,
      );
      return Number(counted[0]?.sum);
    };
    for (const step of ['after-take', 'before-commit', 'after-commit', 'after-move']) {
      rows.push(...(await handOver(step, 400)));
      const simulator = start({ ...env, CRASH_AT: `simulator.${step}:2` });
      expect(await simulator.exit).toBeNull();
      kills += 1;
      expect(await journalAndRest()).toBe(rows.length);
    }
    for (let round = 0; round < 5; round += 1) {
      rows.push(...(await handOver(`round-${round}`, 600)));
      const before = (await countJournal(province.db)).total;
      const simulator = start(env);
      // another moment each time: after so many more rows than before
      await waitUntil(
        'some rows are taken',
        async () => (await countJournal(province.db)).total > before + round * 100,
      );
      await simulator.kill();
      kills += 1;
      expect(await journalAndRest()).toBe(rows.length);
    }
    expect(kills).toBe(9);
    const last = start(env);
    await waitUntil('all rows are answered', () => allAnswered(rows.length));
    expect(await last.stop()).toBe(0);
    expect(await countJournal(province.db)).toEqual({
      total: rows.length,
      distinct: rows.length,
      duplicated: 0,
    });
    expect(await remaining(database.db.query)).toBe(0);
    expect(await readAnswers(database, names)).toEqual(await expectedAnswers(rows, env));
  });

  it('asked to stop, it leaves with 0, and the answers that were not due are given by the next one', async () => {
    await open();
    await handOver('m', 20);
    const slow = { SIMULATOR_SUBMIT_MS: '3600000', SIMULATOR_POLL_MS: '5' };
    const first = start(slow);
    await waitUntil('all rows are taken', async () => (await remaining(database.db.query)) === 0);
    const asked = Date.now();
    expect(await first.stop()).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await countWaitingAnswers(province.db)).toBeGreaterThanOrEqual(20);
    expect(await readAnswers(database, names)).toEqual([]);
    await province.db.query('UPDATE gateway_answer SET due_at = now()');
    start(slow);
    await waitUntil('all answers are given', () => allAnswered(20));
    expect((await readAnswers(database, names)).length).toBeGreaterThanOrEqual(20);
  });

  it('a slow province takes no faster than it may, and customers write by themselves', async () => {
    await open();
    await handOver('m', 1000);
    const simulator = start({
      SIMULATOR_TAKE_PER_SECOND: '50',
      SIMULATOR_INBOUND_PER_SECOND: '100',
      SIMULATOR_REPLY_RATIO: '0',
      SIMULATOR_KEEP_ANSWERS: 'true',
    });
    const port = await simulator.ready();
    await waitUntil('100 rows are taken', async () => (await countJournal(province.db)).total >= 100);
    await waitUntil('100 customers wrote', async () => {
      const { rows } = await database.db.query(`SELECT 1 FROM ${names.tables.recv}`);
      return rows.length >= 100;
    });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/sms_simulator_taken_total [1-9]/);
    expect(metrics).toMatch(/sms_simulator_answers_total\{table="recv"\} [1-9]/);
    expect(metrics).toMatch(/sms_simulator_waiting_answers [1-9]/);
    expect(await simulator.stop()).toBe(0);
    const { rows } = await province.db.query<{ taken: number; seconds: number }>(
      `SELECT count(*)::int AS taken, extract(epoch FROM max(taken_at) - min(taken_at))::float8 AS seconds FROM gateway_journal`,
    );
    // ten may have gathered before the first were taken
    expect(rows[0]?.taken).toBeLessThanOrEqual(Math.ceil((rows[0]?.seconds ?? 0) * 50) + 11);
    const { rows: inbound } = await database.db.query<{ to_addr: string }>(
      `SELECT DISTINCT dest_addr AS to_addr FROM ${names.tables.recv}`,
    );
    expect(inbound.length).toBeGreaterThan(1);
    expect(inbound.every(({ to_addr }) => to_addr.startsWith(names.accessNumber))).toBe(true);
    const { rows: kept } = await province.db.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM gateway_answer_log',
    );
    expect(kept[0]?.rows).toBe((await readAnswers(database, names)).length);
  });

  it('speaks the site’s own names, and answers each part where the site is configured so', async () => {
    writeFileSync(
      exchangeFile,
      JSON.stringify({
        tables: { send: 'MT_OUT', resp: 'MT_RESULT', report: 'MT_REPORT', recv: 'MO_IN' },
        columns: {
          send: {
            seqId: 'NR',
            msgId: 'SISMSID',
            destAddr: 'RECEIVER',
            content: 'TXT',
            priority: 'URGENCY',
            needReport: 'WANTS',
          },
          resp: { msgId: 'SISMSID', gatewayMsgId: 'GW', result: 'RC', resultDesc: 'RC_TEXT' },
          report: { gatewayMsgId: 'GW', msgId: 'SISMSID', destAddr: 'RECEIVER', stat: 'STATE', errCode: 'ERR' },
          recv: { srcAddr: 'CALLER', destAddr: 'CALLED', content: 'TXT' },
        },
        answers: 'per-part',
        accessNumber: '95598',
      }),
    );
    await open(exchangeFile);
    const rows = await handOver('m', 300);
    const env = { ...TROUBLESOME, EXCHANGE_FILE: exchangeFile };
    const simulator = start(env);
    await waitUntil('all rows are answered', () => allAnswered(300));
    expect(await simulator.stop()).toBe(0);
    const answers = await readAnswers(database, names);
    expect(answers).toEqual(await expectedAnswers(rows, env));
    expect(answers.filter((text) => text.startsWith('["resp"')).length).toBeGreaterThan(400);
    expect(answers.some((text) => text.includes('"9559801"'))).toBe(true);
  });

  it('waits for tables that are not there yet, and says what is missing', async () => {
    await open();
    await database.db.query(`ALTER TABLE ${names.tables.send} RENAME TO not_yet`);
    const simulator = start({ SIMULATOR_POLL_MS: '5' });
    const port = await simulator.ready();
    const ready = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return { status: response.status, text: await response.text() };
    };
    await waitUntil('it says what is missing', async () => (await ready()).text.includes('does not exist'));
    expect((await ready()).status).toBe(503);
    await database.db.query(`ALTER TABLE not_yet RENAME TO ${names.tables.send}`);
    await handOver('m', 5);
    await waitUntil('all rows are taken', async () => (await countJournal(province.db)).total === 5);
    await waitUntil('it is well', async () => (await ready()).status === 200);
  });

  it('explains every variable with --help, and refuses a bad configuration as a whole', async () => {
    await open();
    const help = startService('gateway-simulator', {}, ['--help']);
    expect(await help.exit).toBe(0);
    const text = help.log.map(({ msg }) => msg).join('\n');
    for (const name of Object.keys(simulatorConfig.variables)) expect(text).toContain(name);
    const bad = startService('gateway-simulator', { SIMULATOR_SUBMIT_MS: 'x', SIMULATOR_WORKERS: '0' });
    expect(await bad.exit).toBe(2);
    const problems = bad.log.map(({ msg }) => msg).join('\n');
    for (const name of ['DATABASE_URL', 'SIMULATOR_SUBMIT_MS', 'SIMULATOR_WORKERS']) expect(problems).toContain(name);
  });
});
