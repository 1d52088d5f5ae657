import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SmsStatus } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { runCli } from '../support/run-cli';
import { onEachEngine } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';

const HOUR = 3_600_000;
const MESSAGES = 100;

/** A province without faults whose clock is eight hours ahead of UTC. */
const PROVINCE = {
  PROVINCE_TIME_ZONE: 'Asia/Shanghai',
  SIMULATOR_SUBMIT_MS: '0-20',
  SIMULATOR_REPORT_MS: '0-50',
  SIMULATOR_SUBMIT_FAILED_RATIO: '0',
  SIMULATOR_REPORT_CODES: 'DELIVRD=1',
  SIMULATOR_LATE_REPORT_RATIO: '0',
  SIMULATOR_UNKNOWN_REPORT_RATIO: '0',
  SIMULATOR_INTERIM_REPORT_RATIO: '0',
  SIMULATOR_REPLY_RATIO: '0.2',
  SIMULATOR_REPLY_MS: '0-50',
};

/**
 * The migrations' columns on PostgreSQL have a time zone; this province's columns do not, and
 * Oracle's never do.
 */
const withoutZone = async ({ database }: BridgeWorld): Promise<void> => {
  if (database.engine !== 'pg') return;
  for (const [table, columns] of [
    ['client_sms_send', ['send_time', 'valid_time', 'create_time']],
    ['client_sms_resp', ['resp_time']],
    ['client_sms_report', ['submit_time', 'done_time']],
    ['client_sms_recv', ['recv_time']],
  ] as const)
    for (const column of columns) await database.run(`ALTER TABLE ${table} ALTER ${column} TYPE timestamp(3)`);
};

onEachEngine('a province with a clock of its own', (engine) => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-clock-'));
  const worlds: BridgeWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /**
   * Sends 100 messages that are valid for an hour through a bridge that takes `timeZone` for the
   * province's.
   */
  const send = async (timeZone: string) => {
    const exchangeFile = join(directory, `${timeZone.replace(/\W/g, '')}.json`);
    writeFileSync(exchangeFile, JSON.stringify({ timeZone }));
    const world = await createBridgeWorld({ exchangeFile, engine });
    worlds.push(world);
    await withoutZone(world);
    const from = Date.now();
    for (const service of ['exchange-relay', 'report-collector'] as const) world.start(service);
    world.start('gateway-simulator', PROVINCE);
    await world.publish(manyMessages('m', MESSAGES, { expiresAt: from + HOUR }));
    const events = await waitUntil(
      'all final events',
      async () => {
        const read = (await world.read('status')).map(({ value }) => world.codecs.status.decode(value));
        const statuses = read.flatMap((one) => (one.ok ? [one.value] : []));
        const ended = new Set(statuses.filter(({ isFinal }) => isFinal).map(({ messageId }) => messageId));
        return ended.size === MESSAGES && statuses;
        // the grammar takes its time for statements that it has not seen
      },
      200_000,
    );
    const { json } = await runCli(
      ['doctor', '--database', world.database.url, '--kafka', testBrokers(), '--topic-prefix', world.prefix, '--json'],
      { env: { TZ: 'UTC', EXCHANGE_FILE: exchangeFile } },
    );
    const clock = json().find(({ check }) => check === 'flow: clock of the province');
    return { world, from, events, clock, finals: events.filter(({ isFinal }) => isFinal) };
  };
  const statusesOf = (finals: readonly SmsStatus[]) => [...new Set(finals.map(({ status }) => status))];

  it('gets messages that are valid for an hour, with correct times, when the exchange file names its time zone', async () => {
    const { world, from, events, clock, finals } = await send('+08:00');
    expect(statusesOf(finals)).toEqual(['DELIVERED']);
    for (const { occurredAt } of events) {
      expect(occurredAt).toBeGreaterThanOrEqual(from - 1000);
      expect(occurredAt).toBeLessThanOrEqual(Date.now() + 1000);
    }
    const received = await waitUntil('replies', async () => {
      const read = await world.read('received');
      return read.length > 5 && read.map(({ value }) => world.codecs.received.decode(value));
    });
    for (const one of received)
      if (one.ok) expect(Math.abs(one.value.receivedAt - one.value.recordedAt)).toBeLessThan(60_000);
    expect(clock).toMatchObject({ state: 'ok' });
  });

  it('gets no message when the exchange file does not name it: all look expired, and the doctor names the cause', async () => {
    const { events, clock, finals } = await send('UTC');
    expect(statusesOf(finals)).toEqual(['EXPIRED']);
    expect(Math.max(...events.map(({ occurredAt }) => occurredAt))).toBeGreaterThan(Date.now() + 7 * HOUR);
    expect(clock).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('off by +8 h'),
      advice: expect.stringContaining('"+08:00"'),
    });
  });
});
