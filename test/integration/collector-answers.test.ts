import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const PER_PART = { ...loadExchangeMapping(), answers: 'per-part' as const };
const now = Date.now();
const at = (ms: number): Date => new Date(ms);

onEachEngine('submit results and reports', (engine) => {
  const { collector, events, ledger, archived, resp, report, states, count, database } = useCollector(engine);

  it('settle submit results: submitted, refused, repeated, or about an unknown message', async () => {
    await ledger('a');
    await ledger('b');
    await resp(
      { msg_id: 'a', gateway_msg_id: '0001Ab', result: '0', result_desc: 'ok', resp_time: at(now - 500) },
      { msg_id: 'b', gateway_msg_id: null, result: '17', result_desc: 'no credit', resp_time: null },
      { msg_id: 'a', gateway_msg_id: '0001Ab', result: '0', result_desc: 'ok', resp_time: at(now - 500) },
      { msg_id: 'unknown', gateway_msg_id: 'x7', result: '0', resp_time: at(now) },
    );
    const { batch } = collector();
    expect(await batch('resp')).toEqual({
      rows: 4,
      outcomes: { submitted: 1, submit_failed: 1, unchanged: 1, unmatched: 1 },
    });
    expect(await states()).toMatchObject([
      { message_id: 'a', status: 'SUBMITTED', gateway_msg_id: '0001Ab', submitted: true, final: false },
      { message_id: 'b', status: 'SUBMIT_FAILED', gateway_code: '17', submitted: false, final: true },
    ]);
    expect(await count('client_sms_resp')).toBe(0);
    const { statuses } = await events().take();
    expect(statuses).toMatchObject([
      {
        messageId: 'a',
        status: 'SUBMITTED',
        isFinal: false,
        matched: true,
        appId: 'billing',
        to: '8613800138000',
        context: 'mine',
        gatewayCode: '0',
        gatewayMessage: 'ok',
        gatewayMessageId: '0001Ab',
        occurredAt: now - 500,
      },
      { messageId: 'b', status: 'SUBMIT_FAILED', isFinal: true, gatewayMessage: 'no credit' },
      { messageId: 'a', status: 'SUBMITTED' },
      { messageId: 'gateway:unknown', status: 'SUBMITTED', matched: false, appId: null, gatewayMessageId: 'x7' },
    ]);
    expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(4);
  });

  it("settle reports by MSG_ID and by the gateway's id in any spelling; interim reports move no status back", async () => {
    await ledger('a', { status: 'SUBMITTED', gateway_msg_id: '00ab1', submitted_at: at(now) });
    await ledger('b');
    await ledger('c', { status: 'SUBMITTED', gateway_msg_id: 'C9', submitted_at: at(now) });
    await ledger('d', { status: 'SUBMITTED', gateway_msg_id: 'D9', submitted_at: at(now) });
    await report(
      { gateway_msg_id: 'AB1', dest_addr: '13800138000', stat: 'DELIVRD', err_code: '000', done_time: at(now - 5) },
      { msg_id: 'b', gateway_msg_id: 'B9', stat: 'MK:0012' },
      { gateway_msg_id: '0c9', stat: 'ACCEPTD' },
      { gateway_msg_id: 'd9', stat: 'EXPIRED' },
      { gateway_msg_id: 'ab1', stat: 'ACCEPTD' },
      { gateway_msg_id: 'ab1', stat: 'UNDELIV' },
    );
    const { batch } = collector();
    expect(await batch('report')).toEqual({
      rows: 6,
      outcomes: { delivered: 1, undelivered: 1, expired: 1, unchanged: 3 },
    });
    expect(await states()).toMatchObject([
      { message_id: 'a', status: 'DELIVERED', submitted: true, final: true, gateway_code: 'DELIVRD', parts_done: 1 },
      { message_id: 'b', status: 'UNDELIVERED', final: true, gateway_msg_id: 'B9', submitted: true },
      { message_id: 'c', status: 'SUBMITTED', final: false },
      { message_id: 'd', status: 'EXPIRED', final: true },
    ]);
    // a submit result after the report is published with the status after it
    await resp({ msg_id: 'b', gateway_msg_id: 'B9', result: '0' });
    expect(await batch('resp')).toMatchObject({ outcomes: { unchanged: 1 } });
    const { statuses } = await events().take();
    expect(statuses.map(({ messageId, status, gatewayCode }) => [messageId, status, gatewayCode])).toEqual([
      ['a', 'DELIVERED', 'DELIVRD'],
      ['b', 'UNDELIVERED', 'MK:0012'],
      ['c', 'SUBMITTED', 'ACCEPTD'],
      ['d', 'EXPIRED', 'EXPIRED'],
      ['a', 'DELIVERED', 'ACCEPTD'],
      ['a', 'DELIVERED', 'UNDELIV'],
      ['b', 'UNDELIVERED', '0'],
    ]);
    expect(statuses[0]).toMatchObject({ gatewayMessage: '000', gatewayMessageId: 'AB1', occurredAt: now - 5 });
  });

  it('keep an early report until its submit result comes, and publish one that never matches as unmatched', async () => {
    await ledger('a');
    await report(
      { gateway_msg_id: 'g1', stat: 'DELIVRD' },
      { gateway_msg_id: 'strange', dest_addr: '13800138000', stat: 'DELIVRD' },
    );
    let clock = now;
    const { batch } = collector({ now: () => clock, waitMs: 10_000 });
    expect(await batch('report')).toEqual({ rows: 2, outcomes: { waiting: 2 } });
    expect(await batch('wait')).toEqual({ rows: 0, outcomes: {} });
    clock += 100;
    expect(await batch('wait')).toEqual({ rows: 2, outcomes: { waiting: 2 } });
    await resp({ msg_id: 'a', gateway_msg_id: 'G1', result: '0' });
    await batch('resp');
    expect(await batch('wait')).toEqual({ rows: 0, outcomes: {} });
    clock += 200;
    expect(await batch('wait')).toEqual({ rows: 2, outcomes: { delivered: 1, waiting: 1 } });
    expect(await states()).toMatchObject([{ status: 'DELIVERED' }]);
    let tries = 2;
    while ((await count('sm_report_wait WHERE told = 0')) > 0) {
      const waiting = await database().run<{ next_try_at: Date }>('SELECT next_try_at FROM sm_report_wait');
      clock = waiting.map(({ next_try_at }) => next_try_at.getTime())[0] as number;
      await batch('wait');
      tries += 1;
    }
    expect(clock).toBe(now + 10_000);
    expect(tries).toBeLessThan(12);
    const { statuses } = await events().take();
    expect(statuses.map(({ messageId, status, matched }) => [messageId, status, matched])).toEqual([
      ['a', 'SUBMITTED', true],
      ['a', 'DELIVERED', true],
      ['gateway:strange', 'DELIVERED', false],
    ]);
    expect(statuses[2]).toMatchObject({ isFinal: true, appId: null, to: '8613800138000', gatewayMessageId: 'strange' });
    // it is kept: an hour later its message appears and has a report of its own
    await ledger('late', { handed_at: at(now) });
    clock += 3_600_000;
    await resp({ msg_id: 'late', gateway_msg_id: 'STRANGE', result: '0' });
    await batch('resp');
    expect(await batch('wait')).toEqual({ rows: 1, outcomes: { delivered: 1 } });
    expect(await count('sm_report_wait')).toBe(0);
    const late = (await events().take()).statuses.slice(1);
    expect(late).toMatchObject([{ messageId: 'late', status: 'DELIVERED', matched: true }]);
    expect(late[0]?.eventId).not.toBe(statuses[2]?.eventId);
  });

  it('ignore temporary refusals and unknown codes for the final status', async () => {
    for (const id of ['a', 'b', 'c']) await ledger(id);
    const { batch } = collector();
    await resp(
      { msg_id: 'a', gateway_msg_id: null, result: '8' },
      { msg_id: 'b', gateway_msg_id: 'B0', result: '17' },
      { msg_id: 'c', gateway_msg_id: 'C1', result: '0' },
    );
    await batch('resp');
    expect(await states()).toMatchObject([
      { status: 'HANDED', gateway_code: '8', reason: 'SUBMIT_NOT_FINAL', submitted: false, final: false },
      { status: 'SUBMIT_FAILED', final: true },
      { status: 'SUBMITTED' },
    ]);
    await resp({ msg_id: 'a', gateway_msg_id: 'A1', result: '0' }, { msg_id: 'b', gateway_msg_id: 'B1', result: '0' });
    await batch('resp');
    await report(
      { gateway_msg_id: 'a1', stat: 'DELIVRD' },
      { gateway_msg_id: 'b1', stat: 'delivrd ' },
      { gateway_msg_id: 'c1', stat: 'ZZ:9999' },
    );
    expect(await batch('report')).toMatchObject({
      outcomes: { delivered: 2, code_unknown: 1 },
      unknownCodes: ['ZZ:9999'],
    });
    expect(await states()).toMatchObject([
      { status: 'DELIVERED', reason: null, final: true },
      { status: 'DELIVERED', final: true },
      { status: 'SUBMITTED', gateway_code: 'ZZ:9999', reason: 'REPORT_CODE_UNKNOWN', final: false },
    ]);
    const { statuses } = await events().take();
    expect(statuses[0]).toMatchObject({ messageId: 'a', status: 'SUBMIT_FAILED', isFinal: false, gatewayCode: '8' });
    expect(statuses.at(-1)).toMatchObject({
      messageId: 'c',
      status: 'SUBMITTED',
      reason: 'REPORT_CODE_UNKNOWN',
      gatewayCode: 'ZZ:9999',
    });
  });

  it('count segments beyond the expected number', async () => {
    await ledger('one', { part_count: 1 });
    await ledger('two', { part_count: 2 });
    const { batch } = collector({}, PER_PART);
    await resp(
      ...['p1', 'p2', 'p3'].map((gateway_msg_id) => ({ msg_id: 'one', gateway_msg_id, result: '0' })),
      ...['q1', 'q2', 'q3'].map((gateway_msg_id) => ({ msg_id: 'two', gateway_msg_id, result: '0' })),
    );
    await batch('resp');
    await report(...['P1', 'q1', 'Q2', 'p2'].map((gateway_msg_id) => ({ gateway_msg_id, stat: 'DELIVRD' })));
    await batch('report');
    expect(await states()).toMatchObject([
      { message_id: 'one', status: 'SUBMITTED', part_count: 3, parts_done: 2 },
      { message_id: 'two', status: 'SUBMITTED', part_count: 3, parts_done: 2 },
    ]);
    await report({ gateway_msg_id: 'p3', stat: 'UNDELIV' }, { gateway_msg_id: 'q3', stat: 'DELIVRD' });
    await batch('report');
    expect(await states()).toMatchObject([{ status: 'UNDELIVERED' }, { status: 'DELIVERED', parts_done: 3 }]);
  });

  it('go through with any values in the other columns', async () => {
    await ledger('a');
    await ledger('b');
    const years = [at(Date.parse('0001-01-01T00:00:00Z')), at(Date.parse('9999-12-31T23:59:59Z'))];
    const { batch } = collector();
    await resp(
      { msg_id: 'a', gateway_msg_id: 'A1', result: '0', resp_time: years[0] },
      { msg_id: 'b', gateway_msg_id: 'B1', result: '0', resp_time: years[1] },
    );
    await report(
      { gateway_msg_id: 'A1', stat: 'DELIVRD', submit_time: years[1], done_time: years[0] },
      { gateway_msg_id: 'early', stat: 'DELIVRD', submit_time: years[0], done_time: years[1] },
    );
    await batch('resp');
    await batch('report');
    const { statuses, letters } = await events().take();
    expect(letters).toEqual([]);
    expect(statuses.map(({ messageId, status }) => `${messageId} ${status}`)).toEqual([
      'a SUBMITTED',
      'b SUBMITTED',
      'a DELIVERED',
    ]);
    for (const { occurredAt } of statuses) expect(Math.abs(occurredAt - Date.now())).toBeLessThan(60_000);
    expect(await count('sm_report_wait')).toBe(1);
  });

  it('settle messages in the history after the archiver has moved them, and correct an UNKNOWN', async () => {
    await archived('a', {
      status: 'UNKNOWN',
      reason: 'NO_REPORT',
      final_at: at(now),
      gateway_msg_id: 'h1',
      submitted_at: at(now),
    });
    await archived('b', { status: 'DELIVERED', final_at: at(now) });
    await archived('c', { status: 'UNKNOWN', reason: 'NO_REPORT', final_at: at(now) });
    await report(
      { gateway_msg_id: 'H1', stat: 'DELIVRD' },
      { msg_id: 'b', stat: 'UNDELIV' },
      { msg_id: 'c', stat: 'UNDELIV' },
    );
    await resp({ msg_id: 'a', gateway_msg_id: 'h1', result: '0' });
    let clock = now;
    const { batch } = collector({ now: () => clock });
    expect(await batch('resp')).toMatchObject({ outcomes: { unchanged: 1 } });
    await batch('report');
    clock += 100;
    expect(await batch('wait')).toMatchObject({ outcomes: { delivered: 1, undelivered: 1, unchanged: 1 } });
    expect(await states('sm_send_t_log')).toMatchObject([
      { message_id: 'a', status: 'DELIVERED', reason: null },
      { message_id: 'b', status: 'DELIVERED' },
      { message_id: 'c', status: 'UNDELIVERED', reason: null },
    ]);
    const { statuses } = await events().take();
    expect(statuses.map(({ messageId, status, isFinal, matched }) => [messageId, status, isFinal, matched])).toEqual([
      ['a', 'UNKNOWN', true, true],
      ['a', 'DELIVERED', true, true],
      ['b', 'DELIVERED', true, true],
      ['c', 'UNDELIVERED', true, true],
    ]);
  });

  it('deliver a message when all its segments are, however often each is reported', async () => {
    await ledger('abc', { part_count: 3 });
    await ledger('bad', { part_count: 2 });
    await ledger('one', { part_count: 1 });
    await resp(
      { msg_id: 'abc', gateway_msg_id: 'p1', result: '0' },
      { msg_id: 'abc', gateway_msg_id: 'p2', result: '0' },
      { msg_id: 'abc', gateway_msg_id: 'P1', result: '0' },
      { msg_id: 'bad', gateway_msg_id: 'q1', result: '0' },
      { msg_id: 'one', gateway_msg_id: 'r1', result: '0' },
    );
    const { batch } = collector({}, PER_PART);
    await batch('resp');
    await report(
      { gateway_msg_id: 'P1', stat: 'DELIVRD' },
      { gateway_msg_id: '00p1', stat: 'DELIVRD' },
      { gateway_msg_id: 'p1', stat: 'DELIVRD' },
      { gateway_msg_id: 'p2', stat: 'DELIVRD' },
      { gateway_msg_id: 'R1', stat: 'DELIVRD' },
      { gateway_msg_id: 'Q1', stat: 'DELIVRD' },
      { msg_id: 'bad', gateway_msg_id: 'q2', stat: 'UNDELIV' },
    );
    await batch('report');
    expect(await states()).toMatchObject([
      { message_id: 'abc', status: 'SUBMITTED', parts_done: 2, gateway_msg_id: 'p1' },
      { message_id: 'bad', status: 'UNDELIVERED', parts_done: 1, final: true },
      { message_id: 'one', status: 'DELIVERED', parts_done: 1 },
    ]);
    // the third segment: its report before its submit result, but with the message's id
    await report(
      { msg_id: 'abc', gateway_msg_id: 'p3', stat: 'DELIVRD' },
      { msg_id: 'abc', gateway_msg_id: '0', stat: 'DELIVRD' },
    );
    await batch('report');
    await resp({ msg_id: 'abc', gateway_msg_id: 'p3', result: '0' });
    await batch('resp');
    expect((await states())[0]).toMatchObject({ status: 'DELIVERED', parts_done: 3, final: true });
    expect(await count('sm_send_part')).toBe(5);
    const { statuses, letters } = await events().take();
    const ofAbc = statuses.filter(({ messageId }) => messageId === 'abc');
    expect(ofAbc.map(({ status, partNo, partCount }) => `${status} ${partNo}/${partCount}`)).toEqual([
      'SUBMITTED 1/3',
      'SUBMITTED 2/3',
      'SUBMITTED 1/3',
      'SUBMITTED 1/3',
      'SUBMITTED 1/3',
      'SUBMITTED 1/3',
      'SUBMITTED 2/3',
      'DELIVERED 3/3',
      'DELIVERED 3/3',
    ]);
    expect(letters).toMatchObject([
      { headers: { reason: 'ROW_VALUE_MISSING' }, row: { MSG_ID: 'abc', GATEWAY_MSG_ID: '0' } },
    ]);
  });
});
