import fc from 'fast-check';
import { forEngine, type PerEngine } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { anyCharacter } from '../support/any-character';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const ROWS = 400;

/** The differences: the greatest width of a column, and the times that it can hold. */
const COLUMNS: PerEngine<{
  readonly widen: (table: string, column: string) => string;
  readonly longest: string;
  readonly times: readonly unknown[];
}> = {
  pg: {
    widen: (table, column) => `ALTER TABLE ${table} ALTER ${column} TYPE text`,
    longest: '👍'.repeat(2001),
    times: ['infinity', '-infinity', '4713-01-01 BC', '294276-12-31', '1969-12-31'],
  },
  oracledb: {
    widen: (table, column) => `ALTER TABLE ${table} MODIFY (${column} VARCHAR2(4000 CHAR))`,
    longest: 'e'.repeat(2001),
    times: ['0001-01-01', '1969-12-31', '9999-12-31'].map((day) => new Date(`${day}T00:00:00Z`)),
  },
};

/**
 * Any text that a database column holds (no U+0000), close enough to valid values to be valid now
 * and then.
 */
type TextLike = (...good: readonly string[]) => fc.Arbitrary<string | null>;

const toTextLike =
  (longest: string): TextLike =>
  (...good) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...good) },
      { weight: 1, arbitrary: fc.constantFrom(null, '', ' ', '0', 'x'.repeat(64), '好'.repeat(65), longest) },
      {
        weight: 2,
        arbitrary: fc.string({ unit: anyCharacter, maxLength: 80 }).map((text) => text.replaceAll('\u0000', '')),
      },
    );

const rowKinds = (textLike: TextLike, timeLike: fc.Arbitrary<unknown>) => {
  const id = textLike('m-1', 'm-2', 'm-2', 'unknown', ' m-1 ');
  const gateway = textLike('g1', '00G1', 'G2', 'g3', 'g4');
  return {
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
};

onEachEngine('random rows in the exchange tables', (engine) => {
  const { collector, events, database, into, message, count } = useCollector(engine);
  const { widen, longest, times } = forEngine(engine, COLUMNS);
  const kinds = Object.entries(
    rowKinds(toTextLike(longest), fc.constantFrom(null, new Date(), new Date('2026-11-24'), ...times)),
  ) as unknown as readonly (readonly ['resp' | 'report' | 'recv', fc.Arbitrary<Record<string, unknown>>])[];

  it.each(['per-message', 'per-part'] as const)('end each in one place, and stop nothing (%s)', async (answers) => {
    for (const [kind, row] of kinds) {
      // the province's columns may be wider than the migrations', and of another type
      for (const column of Object.keys(fc.sample(row, 1)[0] as object))
        if (!column.endsWith('_time')) await database().run(widen(`client_sms_${kind}`, column));
      await into(`client_sms_${kind}`)(...fc.sample(row, ROWS));
    }
    await into('sm_send_t')(message('m-1', { part_count: 1 }), message('m-2', { part_count: 3 }));
    let clock = Date.now();
    const { batch } = collector({ now: () => clock }, { ...loadExchangeMapping(), answers });
    const placed = { resp: 0, report: 0, recv: 0 };
    for (const kind of ['report', 'resp', 'recv'] as const) {
      expect(await batch(kind)).toMatchObject({ rows: ROWS });
      const { statuses, received, letters } = await events().take();
      const waiting = kind === 'report' ? await count('sm_report_wait') : 0;
      placed[kind] = statuses.length + received.length + letters.length + waiting;
      for (const { headers, row } of letters) {
        expect(headers.reason).toMatch(/^ROW_(VALUE_MISSING|TEXT_TOO_LONG|TIME_INVALID)$/);
        expect(row.SEQ_ID).toBe(headers['source-seq']);
      }
      expect(letters.length).toBeGreaterThan(0);
      expect(letters.length).toBeLessThan(ROWS);
    }
    expect(placed).toEqual({ resp: ROWS, report: ROWS, recv: ROWS });
    // the early reports, now and after their wait
    const early = await count('sm_report_wait');
    clock += 100;
    await batch('wait');
    clock += 600_000;
    await batch('wait');
    const { statuses, letters } = await events().take();
    expect(statuses.length + letters.length).toBe(early);
  });
});
