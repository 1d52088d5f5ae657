import { runArchive } from '../../services/archiver/archive-batch';
import { createRunRecords, findRuns } from '../../services/archiver/sql/record-run';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import { inTransaction } from '../../shared/database/transaction';
import { insertRows } from '../support/insert-rows';
import { runOn } from '../support/run-on';
import { onEachEngine } from '../support/test-engines';
import { archivePorts, HOUR, LIMITS, running, useArchiver } from './archiver-world';

onEachEngine('an archive run', (engine) => {
  const world = useArchiver(engine);
  let statuses: SmsStatus[];
  let received: SmsReceived[];
  beforeEach(async () => {
    statuses = [];
    received = [];
  });

  const ports = (crash?: (step: string) => void) =>
    archivePorts(
      world.archiver,
      {
        publishStatuses: async (events) => void statuses.push(...events),
        publishReceived: async (events) => void received.push(...events),
      },
      crash,
    );

  const inHours = (hours: number | undefined): Date | null =>
    hours === undefined ? null : new Date(Date.now() + hours * HOUR);

  /** Hours are relative to now. */
  const sent = (
    id: string,
    status: string,
    hours: { handed?: number; final?: number; expires?: number; created?: number },
  ) =>
    world.database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, handed_at, final_at, expires_at, source)
       VALUES ($1, 'billing', '8613800138000', 'x', $2, $3, $4, $5, $6, 'kafka')`,
      [id, status, inHours(hours.created ?? -120), inHours(hours.handed), inHours(hours.final), inHours(hours.expires)],
    );
  const inbound = (id: string, offeredHours: number, attempt: number, processed = false) =>
    world.database.run(
      `INSERT INTO sm_receive_t (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at, attempt, processed_at)
       VALUES ($1, '8613800138000', '10698001', 'billing', 'ok', $2, $2, $3, $4, $5)`,
      [id, inHours(-120), inHours(offeredHours), attempt, processed ? inHours(-1) : null],
    );
  const ids = async (table: string, key = 'message_id'): Promise<string[]> => {
    const rows = await world.database.run<{ id: string }>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`);
    return rows.map(({ id }) => id);
  };

  it('moves rows that are final and past their validity, and no others: a replay could still send those', async () => {
    for (const id of ['a', 'b', 'c']) await sent(id, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
    await sent('still-valid', 'DELIVERED', { handed: -2, final: -1, expires: 22 });
    await sent('not-final', 'SUBMITTED', { handed: -30, expires: -6 });
    await sent('silent', 'HANDED', { handed: -80, expires: -56 });
    const outcome = await runArchive(ports(), LIMITS, running);
    expect(outcome).toMatchObject({
      kind: 'ran',
      run: { outcome: 'ok', problems: [], counts: { sendArchived: 4, deadlineUnknown: 1 } },
    });
    expect(await ids('sm_send_t')).toEqual(['not-final', 'still-valid']);
    expect(await ids('sm_send_t_log')).toEqual(['a', 'b', 'c', 'silent']);
    expect(statuses).toMatchObject([{ messageId: 'silent', status: 'UNKNOWN', isFinal: true }]);
  });

  it('ends a message with an undecided report, with the code and the reason of that report', async () => {
    await sent('silent', 'SUBMITTED', { handed: -81, expires: 22 });
    await sent('coded', 'SUBMITTED', { handed: -80, expires: 22 });
    await world.database.run(
      `UPDATE sm_send_t SET reason = 'REPORT_CODE_UNKNOWN', gateway_code = 'ZZ:9999' WHERE message_id = 'coded'`,
    );
    await runArchive(ports(), LIMITS, running);
    expect(statuses).toMatchObject([
      { messageId: 'silent', reason: 'NO_REPORT' },
      { messageId: 'coded', status: 'UNKNOWN', reason: 'REPORT_CODE_UNKNOWN', gatewayCode: 'ZZ:9999' },
    ]);
    const rows = await world.database.run('SELECT status, reason, gateway_code FROM sm_send_t ORDER BY message_id');
    expect(rows).toEqual([
      { status: 'UNKNOWN', reason: 'REPORT_CODE_UNKNOWN', gateway_code: 'ZZ:9999' },
      { status: 'UNKNOWN', reason: 'NO_REPORT', gateway_code: null },
    ]);
  });

  it('ends messages that were never handed over, and moves those without a validity once any validity has ended', async () => {
    await sent('lost', 'QUEUED', { expires: -80 });
    await sent('not-long-ago', 'QUEUED', { expires: -70 });
    await sent('new', 'NEW', { expires: -80 });
    await sent('undated', 'REJECTED', { final: -900, created: -35 * 24 });
    await sent('undated-young', 'REJECTED', { final: -700, created: -33 * 24 });
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
      run: { outcome: 'ok', counts: { deadlineExpired: 1, deadlineUnknown: 0, sendArchived: 2 } },
    });
    expect(statuses).toMatchObject([{ messageId: 'lost', status: 'EXPIRED', isFinal: true }]);
    expect(await ids('sm_send_t')).toEqual(['new', 'not-long-ago', 'undated-young']);
    expect(
      await world.database.run('SELECT message_id, status, reason FROM sm_send_t_log ORDER BY message_id'),
    ).toEqual([
      { message_id: 'lost', status: 'EXPIRED', reason: 'EXPIRED' },
      { message_id: 'undated', status: 'REJECTED', reason: null },
    ]);
  });

  it('leaves a row whose id is in the history already, continues with the others, and reports it', async () => {
    for (const id of ['a', 'b', 'twice']) await sent(id, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
    await world.database.run(
      `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, archived_at)
       VALUES ('other', 'twice', 'billing', '1', 'older', 'DELIVERED', $1, $1)`,
      [inHours(-48)],
    );
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
      run: {
        outcome: 'failed',
        problems: ['HISTORY_HAS_ID: 1 row(s) stay in sm_send_t: sm_send_t_log already holds their message_id (twice)'],
        counts: { sendArchived: 2 },
      },
    });
    expect(await ids('sm_send_t')).toEqual(['twice']);
  });

  it('leaves a row that another session has locked to the next run', async () => {
    for (const id of ['a', 'held', 'z']) await sent(id, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
    await inTransaction(world.database.db, async (tx) => {
      await runOn({ ...world.database.db, ...tx })(
        `SELECT message_id FROM sm_send_t WHERE message_id = 'held' FOR UPDATE`,
      );
      expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
        run: { outcome: 'ok', counts: { sendArchived: 2 } },
      });
    });
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { counts: { sendArchived: 1 } } });
    expect(await ids('sm_send_t_log')).toEqual(['a', 'held', 'z']);
  });

  it('moves processed messages, offers the others again, and gives up at the limit', async () => {
    await inbound('done', -2, 1, true);
    await inbound('fresh', -1, 1);
    await inbound('open', -13, 1);
    await inbound('hopeless', -13, 3);
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
      run: { outcome: 'ok', counts: { receiveProcessed: 1, receiveOfferedAgain: 1, receiveUnprocessed: 1 } },
    });
    expect(received).toMatchObject([{ receivedId: 'open', attempt: 2 }]);
    expect(await ids('sm_receive_t', 'received_id')).toEqual(['fresh', 'open']);
    expect(await world.database.run('SELECT received_id, outcome FROM sm_receive_t_log ORDER BY 1')).toEqual([
      { received_id: 'done', outcome: 'processed' },
      { received_id: 'hopeless', outcome: 'unprocessed' },
    ]);
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { counts: { receiveOfferedAgain: 0 } } });
  });

  it('offers an empty text again as an empty text, in the order of receipt', async () => {
    await inbound('later', -20, 1);
    await inbound('earlier', -13, 1);
    await world.database.run(`UPDATE sm_receive_t SET content = $1, received_at = $2 WHERE received_id = 'earlier'`, [
      '',
      inHours(-121),
    ]);
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { outcome: 'ok' } });
    expect(received).toMatchObject([
      { receivedId: 'earlier', content: '', from: '8613800138000', to: '10698001', extCode: null, appId: 'billing' },
      { receivedId: 'later', content: 'ok' },
    ]);
  });

  it('purges history only after its retention', async () => {
    const days = (count: number) => inHours(-24 * count);
    const at = days(95);
    const message = { app_id: 'billing', dest_addr: '1', content: 'x', status: 'DELIVERED', created_at: at };
    await insertRows(world.database.db, 'sm_send_t_log', [
      { ...message, message_id: 'old', archived_at: days(91) },
      { ...message, message_id: 'young', archived_at: days(89) },
    ]);
    const part = { gateway_key: 'G', gateway_msg_id: 'g', part_no: 1, status: 'DELIVERED', created_at: at };
    await insertRows(
      world.database.db,
      'sm_send_part',
      ['old', 'young'].map((msg_id) => ({ ...part, msg_id })),
    );
    const row = { src_addr: '1', dest_addr: '2', content: 'x', received_at: at, recorded_at: at, offered_at: at };
    await insertRows(
      world.database.db,
      'sm_receive_t_log',
      [91, 92, 93, 89].map((n) => ({ ...row, received_id: `${n}`, outcome: 'processed', archived_at: days(n) })),
    );
    expect(await runArchive(ports(), LIMITS, running)).toMatchObject({
      run: { counts: { purgedSend: 1, purgedReceive: 3 } },
    });
    expect([await ids('sm_send_t_log'), await ids('sm_send_part', 'msg_id')]).toEqual([['young'], ['young']]);
    expect(await ids('sm_receive_t_log', 'received_id')).toEqual(['89']);
  });

  it('enters nothing after another run has taken over, and is recorded as interrupted', async () => {
    const runs = createRunRecords(engine);
    const begin = (at: number) => inTransaction(world.archiver, (tx) => runs.begin(tx, 'test', at));
    const first = await begin(1_700_000_000_000);
    await inTransaction(world.archiver, (tx) => runs.count(tx, first.runId, { sendArchived: 5 }));
    const second = await begin(1_700_000_001_500);
    expect([first.interrupted, second.interrupted]).toEqual([0, 1]);
    const late = inTransaction(world.archiver, (tx) => runs.count(tx, first.runId, { sendArchived: 1 }));
    await expect(late).rejects.toMatchObject({ code: 'ARCHIVE_LOCK_LOST' });
    await expect(runs.finish(world.archiver, first.runId, [], 0)).rejects.toMatchObject({ code: 'ARCHIVE_LOCK_LOST' });
    expect(await runs.finish(world.archiver, second.runId, ['短信'.repeat(1500)], 1_700_000_002_000)).toMatchObject({
      sendArchived: 0,
    });
    expect(await findRuns(world.archiver, 10)).toMatchObject([
      { outcome: 'failed', problem: expect.stringMatching(/^(短信){600}/), finishedAt: 1_700_000_002_000 },
      { outcome: 'failed', problem: 'interrupted', startedAt: 1_700_000_000_000, finishedAt: 1_700_000_001_500 },
    ]);
    expect(await findRuns(world.archiver, 1)).toHaveLength(1);
    expect(await findRuns(world.archiver, 10, 'ok')).toEqual([]);
  });

  it('runs in one instance at a time; the other finds it busy', async () => {
    let second: unknown;
    const first = await runArchive(
      {
        ...ports(),
        beginRun: async (at) => {
          second = await runArchive(ports(), LIMITS, running);
          return ports().beginRun(at);
        },
      },
      LIMITS,
      running,
    );
    expect(second).toEqual({ kind: 'busy' });
    expect(first).toMatchObject({ kind: 'ran', run: { outcome: 'ok' } });
  });

  it.each(['archiver.move-sent.after-rows', 'archiver.move-sent.before-commit', 'archiver.move-sent.after-commit'])(
    'interrupted at %s leaves every row in one place and a record of it, and the next run finishes',
    async (step) => {
      for (let index = 0; index < 7; index += 1)
        await sent(`m${index}`, 'DELIVERED', { handed: -30, final: -20, expires: -6 });
      let passes = 0;
      const broken = await runArchive(
        ports((at) => {
          if (at === step && ++passes === 2) throw new Error('broken off');
        }),
        LIMITS,
        running,
      );
      expect(broken).toMatchObject({ run: { outcome: 'failed', problems: ['move-sent: broken off'] } });
      const moved = step.endsWith('after-commit') ? 4 : 2;
      expect(await ids('sm_send_t')).toHaveLength(7 - moved);
      expect(await ids('sm_send_t_log')).toHaveLength(moved);
      expect(await runArchive(ports(), LIMITS, running)).toMatchObject({ run: { outcome: 'ok' } });
      expect(await ids('sm_send_t')).toEqual([]);
      expect(await ids('sm_send_t_log')).toHaveLength(7);
      const runs = await findRuns(world.archiver, 10);
      expect(runs.map(({ outcome, counts }) => [outcome, counts.sendArchived])).toEqual([
        ['ok', 7 - moved],
        ['failed', moved],
      ]);
    },
  );
});
