import fc from 'fast-check';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase } from '../support/test-database';
import { createCollector, insertInto, openEventTopics } from './collector-world';

const ROWS = 400;

/** What a database column can hold: any text without U+0000, of any length; any time. Near enough to good values to be good now and then. */
const textLike = (...good: readonly string[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(null, '', ' ', '0', 'x'.repeat(64), '好'.repeat(65), '👍'.repeat(2001)) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.replaceAll('\u0000', '')) },
  );
const timeLike = fc.constantFrom(
  null,
  'now',
  '2026-11-24',
  'infinity',
  '-infinity',
  '4713-01-01 BC',
  '294276-12-31',
  '1969-12-31',
);
const id = textLike('m-1', 'm-2', 'm-2', 'nobody', ' m-1 ');
const gateway = textLike('g1', '00G1', 'G2', 'g3', 'g4');

const ROW_KINDS = {
  resp: fc.record({
    msg_id: id,
    gateway_msg_id: gateway,
    result: textLike('0', '17'),
    result_desc: textLike('ok'),
    resp_time: timeLike,
  }),
  report: fc.record({
    msg_id: fc.oneof(id, fc.constant(null)),
    gateway_msg_id: gateway,
    dest_addr: textLike('13800138000', '+8613800138000'),
    stat: textLike('DELIVRD', 'ACCEPTD', 'MK:0001', 'UNKNOWN'),
    err_code: textLike('000'),
    submit_time: timeLike,
    done_time: timeLike,
  }),
  recv: fc.record({
    src_addr: textLike('13800138000', '10086'),
    dest_addr: textLike('10698001', '86106980018899', '106980'),
    content: textLike('TD', '收到'),
    msg_fmt: textLike('8'),
    recv_time: timeLike,
  }),
};

describe('any rows whatever in the exchange tables', () => {
  it.each(['per-message', 'per-part'] as const)('end each in one place, and stop nothing (%s)', async (answers) => {
    const names = { ...loadExchangeNames(), answers };
    const database = await createTestDatabase(names);
    const events = await openEventTopics();
    for (const [kind, row] of Object.entries(ROW_KINDS)) {
      // the province's columns may be wider than ours, and of another type
      const columns = Object.keys(fc.sample(row as fc.Arbitrary<object>, 1)[0] as object);
      for (const column of columns)
        if (!column.endsWith('_time'))
          await database.db.query(`ALTER TABLE client_sms_${kind} ALTER ${column} TYPE text`);
      await insertInto(
        database,
        `client_sms_${kind}`,
      )(...fc.sample(row as fc.Arbitrary<Record<string, unknown>>, ROWS));
    }
    for (const [message_id, part_count] of [
      ['m-1', 1],
      ['m-2', 3],
    ] as const)
      await insertInto(
        database,
        'sm_send_t',
      )({
        message_id,
        part_count,
        app_id: 'billing',
        dest_addr: '8613800138000',
        content: 'x',
        status: 'HANDED',
        source: 'kafka',
        created_at: new Date(),
        handed_at: new Date(),
      });
    let clock = Date.now();
    const collector = await database.login('sms_collector');
    const { batch } = createCollector(collector, events, names, { now: () => clock });
    const placed = { resp: 0, report: 0, recv: 0 };
    for (const kind of ['report', 'resp', 'recv'] as const) {
      expect(await batch(kind)).toMatchObject({ rows: ROWS });
      const { statuses, received, letters } = await events.take();
      const { rows } = await database.db.query<{ n: number }>('SELECT count(*)::int AS n FROM sm_report_wait');
      const waiting = kind === 'report' ? (rows[0]?.n as number) : 0;
      placed[kind] = statuses.length + received.length + letters.length + waiting;
      for (const { headers, row } of letters) {
        expect(headers.reason).toMatch(/^ROW_(VALUE_MISSING|TEXT_TOO_LONG|TIME_INVALID)$/);
        expect(row.SEQ_ID).toBe(headers['source-seq']);
      }
      expect(letters.length).toBeGreaterThan(0);
      expect(letters.length).toBeLessThan(ROWS);
    }
    expect(placed).toEqual({ resp: ROWS, report: ROWS, recv: ROWS });
    // the early reports, now and when their time is up
    const { rows } = await database.db.query<{ n: number }>('SELECT count(*)::int AS n FROM sm_report_wait');
    clock += 100;
    await batch('wait');
    clock += 600_000;
    await batch('wait');
    const { statuses, letters } = await events.take();
    expect(statuses.length + letters.length).toBe(rows[0]?.n);
    await events.close();
    await database.drop();
  });
});
