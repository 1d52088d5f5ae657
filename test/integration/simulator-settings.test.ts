import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatorConfig } from '../../services/gateway-simulator/config';
import { countJournal } from '../../services/gateway-simulator/sql/read-journal';
import { startService } from '../support/service-process';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { openSimulatorWorld, type SimulatorWorld, TROUBLESOME } from './simulator-world';

onOneEngine('the simulator’s settings', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const exchangeFile = join(folder, 'exchange.json');
  let world: SimulatorWorld;
  const opened: SimulatorWorld[] = [];
  const open = async (file?: string): Promise<void> => {
    world = await openSimulatorWorld(engine, file);
    opened.push(world);
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('let a slow province take rows at its rate, and customers write unasked', async () => {
    await open();
    await world.handOver('m', 1000);
    const simulator = world.start({
      SIMULATOR_TAKE_PER_SECOND: '50',
      SIMULATOR_INBOUND_PER_SECOND: '100',
      SIMULATOR_REPLY_RATIO: '0',
      SIMULATOR_KEEP_ANSWERS: 'true',
    });
    const port = await simulator.ready();
    await waitUntil('100 rows are taken', async () => (await countJournal(world.province.db)).total >= 100);
    await waitUntil('100 customers wrote', async () => {
      const [row] = await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${world.mapping.tables.recv}`);
      return Number(row?.n) >= 100;
    });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/sms_simulator_taken_total [1-9]/);
    expect(metrics).toMatch(/sms_simulator_answers_total\{table="recv"\} [1-9]/);
    expect(metrics).toMatch(/sms_simulator_waiting_answers [1-9]/);
    expect(await simulator.stop()).toBe(0);
    const [took] = await world.province.run<{ first: Date; last: Date }>(
      'SELECT min(taken_at) AS first, max(taken_at) AS last FROM gateway_journal',
    );
    const seconds = (took!.last.getTime() - took!.first.getTime()) / 1000;
    // ten may have gathered before the first were taken
    expect(await world.count('gateway_journal')).toBeLessThanOrEqual(Math.ceil(seconds * 50) + 11);
    const inbound = await world.database.run<{ to_addr: string }>(
      `SELECT DISTINCT dest_addr AS to_addr FROM ${world.mapping.tables.recv}`,
    );
    expect(inbound.length).toBeGreaterThan(1);
    expect(inbound.every(({ to_addr }) => to_addr.startsWith(world.mapping.accessNumber))).toBe(true);
    expect(await world.count('gateway_answer_log')).toBe((await world.answers()).length);
  });

  it("include the site's own names, and a reply for each segment where it has that", async () => {
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
    const rows = await world.handOver('m', 300);
    const env = { ...TROUBLESOME, EXCHANGE_FILE: exchangeFile };
    const simulator = world.start(env);
    await waitUntil('all rows are answered', () => world.allAnswered(300));
    expect(await simulator.stop()).toBe(0);
    const answers = await world.answers();
    expect(answers).toEqual(await world.expectedAnswers(rows, env));
    expect(answers.filter((text) => text.startsWith('["resp"')).length).toBeGreaterThan(400);
    expect(answers.some((text) => text.includes('"9559801"'))).toBe(true);
  });

  it('wait for tables that do not exist yet, and name the missing ones', async () => {
    await open();
    await world.database.run(`ALTER TABLE ${world.mapping.tables.send} RENAME TO not_yet`);
    const simulator = world.start({ SIMULATOR_POLL_MS: '5' });
    const port = await simulator.ready();
    const ready = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return { status: response.status, text: await response.text() };
    };
    // Oracle's error for a synonym whose table is gone: translation is no longer valid
    const missing = /does not exist|synonym translation/;
    await waitUntil('the missing tables are named', async () => missing.test((await ready()).text));
    expect((await ready()).status).toBe(503);
    await world.database.run(`ALTER TABLE not_yet RENAME TO ${world.mapping.tables.send}`);
    await world.handOver('m', 5);
    await waitUntil('all rows are taken', async () => (await countJournal(world.province.db)).total === 5);
    await waitUntil('it has no problem', async () => (await ready()).status === 200);
  });

  it('are all explained by --help, and a wrong one is refused together with all other wrong ones', async () => {
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
