import { createMeasureDepth } from '../../services/exchange-relay/sql/exchange-depth';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import type { Engine } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toZone } from '../../shared/exchange/time-zone';
import type { TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const TIMES = {
  client_sms_send: ['send_time', 'valid_time', 'create_time'],
  client_sms_resp: ['resp_time'],
  client_sms_report: ['submit_time', 'done_time'],
  client_sms_recv: ['recv_time'],
} as const;

/**
 * Columns of another type than the migrations': on PostgreSQL without a time zone, on Oracle with
 * one.
 */
const OTHER_TYPE = {
  pg: (table: string, column: string) => [`ALTER TABLE ${table} ALTER ${column} TYPE timestamp(3)`],
  oracledb: (table: string, column: string) => [
    `ALTER TABLE ${table} DROP (${column})`,
    `ALTER TABLE ${table} ADD (${column} TIMESTAMP(3) WITH TIME ZONE)`,
  ],
} as const;

const changeTypes = async ({ run, engine }: TestDatabase): Promise<void> => {
  for (const [table, columns] of Object.entries(TIMES))
    for (const column of columns) for (const text of OTHER_TYPE[engine](table, column)) await run(text);
};

const HOUR = 3_600_000;
const now = Math.floor(Date.now() / 1000) * 1000;

const onTheWall = (timeZone: string, ms: number): string =>
  new Date(toZone(timeZone).toWall(ms)).toISOString().replace('T', ' ').slice(0, 19);

/** Returns the time that the province's clock shows, as the province writes it. */
const wall = (timeZone: string, ms: number): string => `TIMESTAMP '${onTheWall(timeZone, ms)}'`;

const withClock = (engine: Engine, timeZone: string, zoned: boolean): void => {
  const mapping = { ...loadExchangeMapping(), timeZone };
  const { collector, events, ledger, database, login } = useCollector(engine, mapping);
  const withZone = engine === 'pg' ? !zoned : zoned;
  beforeAll(async () => {
    if (zoned) await changeTypes(database());
  });
  const run = (text: string) => database().run(text);
  const moment = (ms: number): string =>
    withZone
      ? `TIMESTAMP ${engine === 'pg' ? 'WITH TIME ZONE ' : ''}'${onTheWall('UTC', ms)} +00:00'`
      : wall(timeZone, ms);

  it('is written to', async () => {
    const entry = {
      messageId: 'a',
      appId: 'billing',
      extCode: '01',
      destAddr: '8613800138000',
      content: 'x',
      priority: 1,
      needReport: true,
      context: null,
      status: 'HANDED',
      reason: null,
      scheduledAt: now + 60_000,
      expiresAt: now + HOUR,
      createdAt: now,
      partCount: 1,
    } as const;
    await inTransaction(database().db, (tx) => createHandOver(database().db.engine, mapping)(tx, [entry], now));
    const same = (column: string, ms: number): string => `CASE WHEN ${column} = ${moment(ms)} THEN 'as meant' END`;
    const rows = await run(
      `SELECT ${same('send_time', now + 60_000)} AS send, ${same('valid_time', now + HOUR)} AS valid, ${same('create_time', now)} AS made FROM client_sms_send`,
    );
    expect(rows).toEqual([{ send: 'as meant', valid: 'as meant', made: 'as meant' }]);
    const { rows: waiting, oldestMs } = await createMeasureDepth(database().db, mapping)(10);
    expect(waiting).toBe(1);
    expect(oldestMs).toBeGreaterThanOrEqual(Date.now() - now - 1000);
    expect(oldestMs).toBeLessThan(Date.now() - now + 10_000);
  });

  it('is read from', async () => {
    await ledger('a');
    await ledger('b');
    await run(
      `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result, resp_time) VALUES ('a', 'g1', '0', ${moment(now - 5000)})`,
    );
    await run(
      `INSERT INTO client_sms_report (msg_id, gateway_msg_id, stat, submit_time, done_time) VALUES ('b', 'g2', 'DELIVRD', ${moment(now - 4000)}, ${moment(now - 3000)})`,
    );
    await run(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content, recv_time) VALUES ('13800138000', '10698001', 'x', ${moment(now - 2000)})`,
    );
    const { batch } = collector();
    for (const source of ['resp', 'report', 'recv'] as const) expect(await batch(source)).toMatchObject({ rows: 1 });
    const { statuses, received } = await events().take();
    expect(statuses).toMatchObject([
      { messageId: 'a', occurredAt: now - 5000 },
      { messageId: 'b', occurredAt: now - 3000 },
    ]);
    expect(received).toMatchObject([{ receivedAt: now - 2000 }]);
    const kept = await run(
      'SELECT message_id, gateway_submitted_at, gateway_done_at FROM sm_send_t ORDER BY message_id',
    );
    expect(kept).toEqual([
      { message_id: 'a', gateway_submitted_at: new Date(now - 5000), gateway_done_at: null },
      { message_id: 'b', gateway_submitted_at: new Date(now - 4000), gateway_done_at: new Date(now - 3000) },
    ]);
    expect(login().username).toBeDefined();
  });
};

onEachEngine('a clock of the province', (engine) => {
  describe.each(['+08:00', 'Europe/Berlin', 'America/St_Johns'])('in %s', (timeZone) =>
    withClock(engine, timeZone, false),
  );

  describe('in Asia/Shanghai, in columns of the other type', () => withClock(engine, 'Asia/Shanghai', true));
});

onEachEngine('a clock that is put forward and back', (engine) => {
  const mapping = { ...loadExchangeMapping(), timeZone: 'Europe/Berlin' };
  const { collector, events, ledger, database } = useCollector(engine, mapping);

  it('never fails: a repeated hour means standard time, and a skipped hour continues the clock', async () => {
    if (engine === 'pg') await changeTypes(database());
    await ledger('a');
    await ledger('b');
    for (const [id, time] of [
      ['a', '2026-10-25 02:30:00'],
      ['b', '2026-03-29 02:30:00'],
    ])
      await database().run(
        `INSERT INTO client_sms_resp (msg_id, gateway_msg_id, result, resp_time) VALUES ('${id}', '${id}', '0', TIMESTAMP '${time}')`,
      );
    expect(await collector().batch('resp')).toMatchObject({ outcomes: { submitted: 2 } });
    expect((await events().take()).statuses.map(({ occurredAt }) => new Date(occurredAt).toISOString())).toEqual([
      '2026-10-25T01:30:00.000Z',
      '2026-03-29T01:30:00.000Z',
    ]);
  });
});

onEachEngine('a time as text', (engine) => {
  const { collector, resp, count, database } = useCollector(engine);

  it('is not read: the error names the column, and the row stays', async () => {
    const text = { pg: 'ALTER resp_time TYPE varchar(14)', oracledb: 'MODIFY (resp_time VARCHAR2(14 CHAR))' };
    await database().run(`ALTER TABLE client_sms_resp ${text[engine]}`);
    await resp({ msg_id: 'a', result: '0', resp_time: '20261124160000' });
    await expect(collector().batch('resp')).rejects.toMatchObject({
      code: 'DB_SCHEMA',
      message: expect.stringMatching(/RESP_TIME.*(must be of a type of time|make it DATE or TIMESTAMP)/i),
    });
    expect(await count('client_sms_resp')).toBe(1);
  });
});
