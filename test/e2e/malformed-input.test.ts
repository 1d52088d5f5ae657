import fc from 'fast-check';
import { anyCharacter } from '../support/any-character';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { createBusinessSystem } from '../support/business-system';
import { msgIds, NAMED_MESSAGES } from '../support/handed-messages';
import { insertRows } from '../support/insert-rows';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/**
 * Random input at every entrance: each ends as the contract demands, and its neighbours go through.
 */
onOneEngine('malformed input', (engine) => {
  let world: BridgeWorld;
  beforeAll(async () => {
    world = await createBridgeWorld({ engine });
  });
  afterAll(() => world.close());

  const decoded = async () =>
    (await world.read('status')).map(({ value }) => {
      const read = world.codecs.status.decode(value);
      if (!read.ok) throw new Error(read.problem.message);
      return read.value;
    });
  const number = async (sql: string, values: readonly unknown[] = []): Promise<number> => {
    const [row] = await world.database.run<{ n: string | null }>(sql, values);
    return Number(row?.n);
  };
  const handed = (like: string): Promise<number> =>
    number(
      `SELECT count(*) AS n FROM client_sms_send c JOIN ${NAMED_MESSAGES} m ON m.msg_id = c.msg_id WHERE m.message_id LIKE $1`,
      [like],
    );

  it('ends as the contract demands on sms.send: bytes, records of other schemas, records with any values', async () => {
    const anyText = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 80 }),
      fc.string({ maxLength: 1_200, minLength: 900 }),
    );
    const anyTime = fc.oneof(fc.constant(null), fc.integer({ min: -(2 ** 40), max: 2 ** 43 }));
    const anyRecord = fc.record({
      messageId: fc.oneof(anyText, fc.uuid()),
      appId: fc.oneof(anyText, fc.constant('billing')),
      to: fc.oneof(anyText, fc.constant('13800138000'), fc.string({ unit: fc.constantFrom(...'0123456789+- ') })),
      content: anyText,
      extCode: fc.oneof(fc.constant(null), anyText),
      priority: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      needReport: fc.boolean(),
      scheduledAt: anyTime,
      expiresAt: anyTime,
      createdAt: fc.oneof(fc.constant(Date.now()), fc.integer({ min: 0, max: 2 ** 43 })),
      context: fc.oneof(fc.constant(null), anyText),
    });
    const records = fc.sample(anyRecord, 300).map((record) => world.codecs.send.encode(record as never));
    const bytes = fc.sample(fc.uint8Array({ minLength: 0, maxLength: 300 }), 200).map((value) => Buffer.from(value));
    // truncated, and with one byte changed
    const damaged = records.slice(0, 100).flatMap((value, index) => {
      const changed = Buffer.from(value);
      changed[index % changed.length]! ^= 0x41;
      return [value.subarray(0, index % value.length), changed];
    });
    const values = [...records, ...bytes, ...damaged, null];
    const good = manyMessages('good', 400);
    const relay = world.start('exchange-relay');
    await world.sink.publish(
      values.flatMap((value, index) => [
        { topic: world.topics.send, key: `k${index}`, value },
        ...(index < good.length
          ? [{ topic: world.topics.send, key: `k${index}`, value: world.codecs.send.encode(good[index]!) }]
          : []),
      ]),
    );
    await waitUntil(
      'all of it is before the offset rows',
      async () => (await number('SELECT sum(next_offset) AS n FROM relay_offset')) === values.length + good.length,
      60_000,
    );
    expect(await handed('good-%')).toBe(good.length);
    const letters = await world.read('deadLetter');
    const events = await decoded();
    for (const { headers, value } of letters) {
      expect(headers.reason?.toString()).toMatch(/^[A-Z_]+$/);
      expect(values.some((sent) => (sent === null ? value === null : value !== null && sent.equals(value)))).toBe(true);
    }
    for (const { status, reason, isFinal } of events) {
      expect(['REJECTED', 'EXPIRED']).toContain(status);
      expect(reason).toMatch(/^[A-Z_]+$/);
      expect(isFinal).toBe(true);
    }
    const counted = relay.log
      .filter(({ msg }) => msg === 'batch')
      .map(
        (line) =>
          line as unknown as {
            handed: number;
            scheduled: number;
            duplicates: number;
            deadLetters: number;
            ended: Record<string, number>;
          },
      )
      .reduce(
        (sum, { handed: sent, scheduled, duplicates, deadLetters, ended }) =>
          sum + sent + scheduled + duplicates + deadLetters + Object.values(ended).reduce((a, b) => a + b, 0),
        0,
      );
    expect(counted).toBe(values.length + good.length);
    expect(relay.exited()).toBe(false);
  }, 120_000);

  it('ends as the contract demands in SM_SEND_T: rows with any values from a business account', async () => {
    const business = await createBusinessSystem(world, 'scada', 'scada');
    const producer = world.start('producer');
    const anyText = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\u0000', ''));
    const rows = fc.sample(
      fc.record({
        dest: fc.oneof(
          anyText.map((text) => text.slice(0, 20)),
          fc.constant('13800138000'),
        ),
        content: anyText,
        priority: fc.integer({ min: -300, max: 300 }),
        ext: fc.oneof(
          fc.constant(null),
          anyText.map((text) => text.slice(0, 20)),
        ),
        scheduled: fc.oneof(
          fc.constant(null),
          fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        ),
      }),
      200,
    );
    let entered = 0;
    for (const row of rows) {
      // a value that the column cannot hold is refused by the database at once
      entered += await business
        .run(
          'INSERT INTO sm_send_t (dest_addr, content, priority, ext_code, scheduled_at) VALUES ($1, $2, $3, $4, $5)',
          [row.dest, row.content, row.priority, row.ext, row.scheduled],
        )
        .then(
          () => 1,
          () => 0,
        );
    }
    await business.insert(
      Array.from({ length: 100 }, (_, index) => ({ id: `row-${index}`, to: '13800138000', content: 'x' })),
    );
    expect(entered).toBeGreaterThan(50);
    const open = async () => {
      const found = await world.database.run<{ status: string; n: string }>(
        `SELECT status, count(*) AS n FROM sm_send_t WHERE app_id = 'scada' GROUP BY status`,
      );
      return Object.fromEntries(found.map(({ status, n }) => [status, Number(n)]));
    };
    await waitUntil(open, async () => {
      const { NEW = 0, QUEUED = 0 } = await open();
      return NEW + QUEUED === 0;
    });
    expect(await handed('row-%')).toBe(100);
    const silent = await world.database.run(
      `SELECT message_id FROM sm_send_t WHERE app_id = 'scada' AND status IN ('REJECTED', 'EXPIRED') AND reason IS NULL`,
    );
    expect(silent).toEqual([]);
    expect(producer.exited()).toBe(false);
  }, 120_000);

  it('ends as the contract demands in the exchange tables: rows with any values from the province', async () => {
    const collector = world.start('report-collector', { REPORT_WAIT_SECONDS: '1' });
    const anyText = (length: number) =>
      fc.oneof(
        fc.constant(null),
        fc
          .string({ unit: 'grapheme', maxLength: length })
          .map((text) => [...text.replaceAll('\u0000', '')].slice(0, length).join('')),
      );
    const anyTime = fc.oneof(
      fc.constant(null),
      fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-01-01'), noInvalidDate: true }),
    );
    const resp = fc.sample(fc.tuple(anyText(64), anyText(64), anyText(32), anyText(200), anyTime), 200);
    const report = fc.sample(
      fc.tuple(anyText(64), anyText(64), anyText(40), anyText(32), anyText(32), anyTime, anyTime),
      200,
    );
    const recv = fc.sample(
      fc.tuple(anyText(40), anyText(40), anyText(400), fc.integer({ min: -9, max: 99 }), anyTime),
      200,
    );
    const { db } = world.province;
    const enter = (table: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): Promise<void> =>
      insertRows(
        db,
        table,
        rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]]))),
      );
    await enter('client_sms_resp', ['msg_id', 'gateway_msg_id', 'result', 'result_desc', 'resp_time'], resp);
    await enter(
      'client_sms_report',
      ['gateway_msg_id', 'msg_id', 'dest_addr', 'stat', 'err_code', 'submit_time', 'done_time'],
      report,
    );
    await enter('client_sms_recv', ['src_addr', 'dest_addr', 'content', 'msg_fmt', 'recv_time'], recv);
    const named = await msgIds(world.database.run);
    await enter(
      'client_sms_report',
      ['msg_id', 'gateway_msg_id', 'stat', 'done_time'],
      Array.from({ length: 100 }, (_, no) => [named.get(`good-${no}`), `G${no}`, 'DELIVRD', new Date()]),
    );
    const left = async () => ({
      resp: await number('SELECT count(*) AS n FROM client_sms_resp'),
      report: await number('SELECT count(*) AS n FROM client_sms_report'),
      recv: await number('SELECT count(*) AS n FROM client_sms_recv'),
      // a report that was published is kept, because its message may still appear
      wait: await number('SELECT count(*) AS n FROM sm_report_wait WHERE told = 0'),
    });
    await waitUntil(left, async () => Object.values(await left()).every((count) => count === 0), 60_000);
    const fromProvince = (await decoded()).filter(({ gatewayCode }) => gatewayCode !== null);
    const received = await world.read('received');
    const letters = (await world.read('deadLetter')).filter(({ headers }) => headers['source-table'] !== undefined);
    expect(new Set(fromProvince.map(({ eventId }) => eventId)).size + received.length + letters.length).toBe(700);
    expect(
      fromProvince.filter(({ messageId, status }) => messageId.startsWith('good-') && status === 'DELIVERED'),
    ).toHaveLength(100);
    expect(collector.exited()).toBe(false);
  }, 120_000);
});
