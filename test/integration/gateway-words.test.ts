import { runArchive } from '../../services/archiver/archive-batch';
import { toMessageStatus } from '../../services/producer/http/to-message-status';
import { createFindMessages } from '../../services/producer/sql/find-messages';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { archivePorts, LIMITS, running } from './archiver-world';
import { useCollector } from './collector-world';

const HOUR = 3_600_000;
const PER_PART = { ...loadExchangeMapping(), answers: 'per-part' as const };
const now = Math.floor(Date.now() / 1000) * 1000;
const at = (ms: number): Date => new Date(ms);

const words = (submitted: number | null, done: number | null, message: string | null) => ({
  gateway_submitted_at: submitted === null ? null : at(submitted),
  gateway_done_at: done === null ? null : at(done),
  gateway_message: message,
});

onEachEngine('the times of the gateway', (engine) => {
  const { collector, events, ledger, archived, resp, report, states, database } = useCollector(engine);
  const said = (table = 'sm_send_t') =>
    database().run(
      `SELECT message_id, gateway_submitted_at, gateway_done_at, gateway_message FROM ${table} ORDER BY message_id`,
    );

  it("of submission and delivery are kept beside the bridge's own: in the ledger, in the history, over HTTP", async () => {
    await ledger('a', { expires_at: at(now - HOUR) });
    await ledger('b');
    await archived('c', { status: 'UNKNOWN', final_at: at(now) });
    await resp(
      { msg_id: 'a', gateway_msg_id: 'g1', result: '0', result_desc: '成功', resp_time: at(now - 5 * HOUR) },
      { msg_id: 'b', gateway_msg_id: null, result: '13', result_desc: 'x'.repeat(200), resp_time: at(now - 4 * HOUR) },
    );
    const { batch } = collector();
    await batch('resp');
    expect(await said()).toEqual([
      { message_id: 'a', ...words(now - 5 * HOUR, null, '成功') },
      { message_id: 'b', ...words(null, now - 4 * HOUR, 'x'.repeat(200)) },
    ]);
    await report(
      // an interim report does not count as the end
      {
        msg_id: 'a',
        gateway_msg_id: 'g1',
        stat: 'ACCEPTD',
        err_code: '1',
        submit_time: at(now - 6 * HOUR),
        done_time: at(now - 5 * HOUR),
      },
      {
        msg_id: 'a',
        gateway_msg_id: 'g1',
        stat: 'DELIVRD',
        err_code: '000',
        submit_time: at(now - 6 * HOUR),
        done_time: at(now - 3 * HOUR),
      },
      { msg_id: 'a', gateway_msg_id: 'g1', stat: 'UNDELIV', err_code: '999', done_time: at(now - HOUR) },
      {
        msg_id: 'c',
        gateway_msg_id: 'g3',
        stat: 'DELIVRD',
        submit_time: at(now - 80 * HOUR),
        done_time: at(now - 79 * HOUR),
      },
    );
    await batch('report');
    await waitUntil('the next try of the report of the history', async () => (await batch('wait')).rows === 1);
    expect(await said()).toMatchObject([{ message_id: 'a', ...words(now - 5 * HOUR, now - 3 * HOUR, '000') }, {}]);
    expect(await said('sm_send_t_log')).toEqual([
      { message_id: 'c', ...words(now - 80 * HOUR, now - 79 * HOUR, null) },
    ]);

    const archiver = (await database().login('sms_archiver')).db;
    await runArchive(archivePorts(archiver), LIMITS, running);
    expect(await said('sm_send_t_log')).toMatchObject([
      { message_id: 'a', ...words(now - 5 * HOUR, now - 3 * HOUR, '000') },
      { message_id: 'c' },
    ]);
    const [row] = await createFindMessages({ engine })(database().db, ['a']);
    expect(toMessageStatus(row as never)).toMatchObject({
      status: 'DELIVERED',
      gatewayMessage: '000',
      gatewaySubmittedAt: at(now - 5 * HOUR).toISOString(),
      gatewayDoneAt: at(now - 3 * HOUR).toISOString(),
    });
    await events().take();
  });

  it('are in the view of the sender', async () => {
    const views = await database().run(
      `SELECT gateway_submitted_at, gateway_done_at, gateway_message FROM v_send_t_log WHERE 1 = 0`,
    );
    expect(views).toEqual([]);
    const { run } = await database().login('sms_application');
    expect(await run('SELECT archived_at, gateway_message FROM v_send_t_log')).toEqual([]);
  });

  it('end a message without a requested report at its submission; a report that comes still counts', async () => {
    await ledger('a', { need_report: false });
    await ledger('b', { need_report: false });
    await ledger('c', { need_report: true });
    await resp(
      { msg_id: 'a', gateway_msg_id: 'g1', result: '0' },
      { msg_id: 'a', gateway_msg_id: 'g1', result: '0' },
      { msg_id: 'b', gateway_msg_id: 'g2', result: '13' },
      { msg_id: 'c', gateway_msg_id: 'g3', result: '0' },
    );
    const { batch } = collector();
    await batch('resp');
    const ends = async () =>
      (await events().take()).statuses.map((event) => `${event.messageId} ${event.status} ${event.isFinal}`);
    expect(await ends()).toEqual(['a SUBMITTED true', 'a SUBMITTED true', 'b SUBMIT_FAILED true', 'c SUBMITTED false']);
    expect(await states()).toMatchObject([
      { status: 'SUBMITTED', final: true },
      { status: 'SUBMIT_FAILED', final: true },
      { status: 'SUBMITTED', final: false },
    ]);
    // the night job leaves it alone
    await database().run('UPDATE sm_send_t SET handed_at = $1', [at(now - 100 * HOUR)]);
    const archiver = (await database().login('sms_archiver')).db;
    await runArchive(archivePorts(archiver), LIMITS, running);
    expect(await states()).toMatchObject([
      { message_id: 'a', status: 'SUBMITTED', reason: null },
      {},
      { message_id: 'c', status: 'UNKNOWN', reason: 'NO_REPORT' },
    ]);
    await report({ msg_id: 'a', gateway_msg_id: 'g1', stat: 'UNDELIV' });
    await batch('report');
    expect(await ends()).toEqual(['a UNDELIVERED true']);
    expect(await states()).toMatchObject([{ status: 'UNDELIVERED', final: true }, {}, {}]);
  });

  it('end such a long message when all its segments were submitted, or one was refused', async () => {
    await ledger('a', { need_report: false, part_count: 2 });
    await ledger('b', { need_report: false, part_count: 2 });
    const { batch } = collector({}, PER_PART);
    const ends = async () =>
      (await events().take()).statuses.map((event) => `${event.messageId} ${event.status} ${event.isFinal}`);
    await resp({ msg_id: 'a', gateway_msg_id: 'a1', result: '0' }, { msg_id: 'b', gateway_msg_id: 'b1', result: '0' });
    await batch('resp');
    expect(await ends()).toEqual(['a SUBMITTED false', 'b SUBMITTED false']);
    expect(await states()).toMatchObject([{ final: false }, { final: false }]);
    await resp({ msg_id: 'a', gateway_msg_id: 'a2', result: '0' }, { msg_id: 'b', gateway_msg_id: 'b2', result: '13' });
    await batch('resp');
    expect(await ends()).toEqual(['a SUBMITTED true', 'b UNDELIVERED true']);
    expect(await states()).toMatchObject([
      { status: 'SUBMITTED', final: true },
      { status: 'UNDELIVERED', final: true },
    ]);
  });
});
