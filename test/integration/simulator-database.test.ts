import { createHash } from 'node:crypto';
import type { SimulatedRow } from '../../services/gateway-simulator/core/behaviour';
import { createFindRows } from '../../services/gateway-simulator/sql/find-rows';
import { createInsertAnswers } from '../../services/gateway-simulator/sql/insert-answers';
import type { OwnTables } from '../../services/gateway-simulator/sql/missing-table';
import { createMoveDueAnswers } from '../../services/gateway-simulator/sql/move-due-answers';
import { createOwnTables } from '../../services/gateway-simulator/sql/own-tables';
import {
  countJournal,
  countWaitingAnswers,
  findDuplicates,
  readJournal,
} from '../../services/gateway-simulator/sql/read-journal';
import { createTakeRows } from '../../services/gateway-simulator/sql/take-rows';
import type { Database } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createProvince, insertExchangeRows, type Province, readAnswers, toAnswerText } from '../support/province';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const MAPPING = loadExchangeMapping();
const TABLES: OwnTables = { journal: 'gateway_journal', answers: 'gateway_answer', answerLog: undefined };

const answer = (change: Partial<SimulatedRow>): SimulatedRow => ({
  kind: 'resp',
  afterMs: 0,
  happenedMs: 0,
  submittedMs: null,
  msgId: 'm-1',
  gatewayMsgId: 'ab12',
  fromAddr: null,
  toAddr: null,
  code: '0',
  text: null,
  ...change,
});

onEachEngine("the simulator's statements, with the province's rights", (engine) => {
  let database: TestDatabase;
  let province: Province;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, engine);
    province = await createProvince(database);
  });
  afterEach(async () => {
    await province.dropTables();
    await database.empty();
  });
  afterAll(async () => {
    await province.close();
    await database.drop();
  });

  const take = (db: Database, seqIds: readonly string[]) =>
    inTransaction(db, (tx) =>
      createTakeRows(db, MAPPING, { journal: TABLES.journal, seed: 's', instanceId: 'one' })(tx, seqIds),
    );
  const find = (limit: number) => createFindRows(province.db, MAPPING)(limit);

  it('create their own tables once when instances start together, and only find them afterwards', async () => {
    const created = await Promise.all(
      Array.from({ length: 4 }, () => createOwnTables(province.db, { ...TABLES, answerLog: 'gateway_answer_log' })),
    );
    expect(created.flat().sort()).toEqual(['gateway_answer', 'gateway_answer_log', 'gateway_journal']);
    await province.mayCreate(false);
    expect(await createOwnTables(province.db, TABLES)).toEqual([]);
    await province.mayCreate(true);
  });

  it('tell an account without the right to create them what to run', async () => {
    const plain = await database.login('sms_province');
    for (const journal of ['gateway_journal', 'nowhere.gateway_journal']) {
      await expect(createOwnTables(plain.db, { ...TABLES, journal })).rejects.toMatchObject({
        code: 'SIMULATOR_TABLE_MISSING',
        message: expect.stringContaining(`CREATE TABLE ${journal}`),
      });
    }
  });

  it('find rows by urgency, then in order, and enter them in the journal unchanged', async () => {
    await createOwnTables(province.db, TABLES);
    await insertExchangeRows(database, MAPPING, 'm', 30);
    const numbers = new Map(
      (await database.run('SELECT msg_id, seq_id FROM client_sms_send')).map((row) => [row.msg_id, String(row.seq_id)]),
    );
    const seq = (no: number): string => numbers.get(`m-${no}`) as string;
    await database.run('UPDATE client_sms_send SET priority = NULL WHERE seq_id = $1', [seq(1)]);
    const urgent = [seq(10), seq(20), seq(30)];
    const normal = Array.from({ length: 30 }, (_, i) => seq(i + 1)).filter((id) => !urgent.includes(id));
    expect(await find(100)).toEqual([...urgent, ...normal.slice(1), seq(1)]);
    expect(await find(2)).toEqual([seq(10), seq(20)]);

    const taken = await take(province.db, await find(5));
    expect(taken.map(({ msgId }) => msgId).sort()).toEqual(['m-10', 'm-2', 'm-20', 'm-3', 'm-30']);
    const rows = await province.run('SELECT * FROM gateway_journal ORDER BY journal_seq');
    expect(rows.map(({ msg_id }) => msg_id)).toEqual(['m-10', 'm-20', 'm-30', 'm-2', 'm-3']);
    const third = taken.find(({ msgId }) => msgId === 'm-3');
    expect(rows[4]).toMatchObject({
      seq_id: seq(3),
      app_id: 'billing',
      ext_code: '01',
      dest_addr: '8613800000003',
      instance_id: 'one',
      content_sha256: createHash('sha256').update('停电通知 3').digest('hex'),
      gateway_msg_id: third?.gatewayMsgId,
    });
    expect(third).toMatchObject({ destAddr: '8613800000003', extCode: '01', content: '停电通知 3', needReport: true });
    expect(third?.gatewayMsgId).toMatch(/^[0-9a-f]{16}$/);
    const left = await database.run('SELECT seq_id FROM client_sms_send');
    expect(left).toHaveLength(25);
  });

  it('leave rows that another session holds, and take and journal nothing when their transaction fails', async () => {
    await createOwnTables(province.db, TABLES);
    await insertExchangeRows(database, MAPPING, 'm', 9);
    const ids = await find(9);
    const takeRows = createTakeRows(province.db, MAPPING, { journal: TABLES.journal, seed: 's', instanceId: 'one' });
    await expect(
      inTransaction(province.db, async (tx) => {
        expect(await takeRows(tx, ids.slice(0, 4))).toHaveLength(4);
        // while the first four are locked
        expect((await take(province.db, ids)).map(({ msgId }) => msgId)).toHaveLength(5);
        throw new Error('rolled back on purpose');
      }),
    ).rejects.toThrow('rolled back on purpose');
    expect(await countJournal(province.db)).toEqual({ total: 5, distinct: 5, duplicated: 0 });
    expect(await take(province.db, ids)).toHaveLength(4);
    expect(await take(province.db, ids)).toHaveLength(0);
    expect(await countJournal(province.db)).toEqual({ total: 9, distinct: 9, duplicated: 0 });
  });

  it('take each row once when several run at once', async () => {
    await createOwnTables(province.db, TABLES);
    await insertExchangeRows(database, MAPPING, 'm', 2000);
    const ids = await find(2000);
    const taken = await Promise.all(Array.from({ length: 5 }, () => take(province.db, ids)));
    expect(taken.flat()).toHaveLength(2000);
    expect(await countJournal(province.db)).toEqual({ total: 2000, distinct: 2000, duplicated: 0 });
  });

  it('enter a message that is handed over twice in the journal twice, with two gateway ids', async () => {
    await createOwnTables(province.db, TABLES);
    const ids: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      await insertExchangeRows(database, MAPPING, 'm', 3);
      ids.push(...(await take(province.db, await find(3))).map(({ gatewayMsgId }) => gatewayMsgId));
    }
    expect(new Set(ids).size).toBe(6);
    expect(await countJournal(province.db)).toEqual({ total: 6, distinct: 3, duplicated: 3 });
    expect(await findDuplicates(province.db, 2)).toEqual([
      { msgId: 'm-1', times: 2 },
      { msgId: 'm-2', times: 2 },
    ]);
    const pages: string[][] = [];
    await readJournal(province.db, (page) => void pages.push([...page]));
    expect(pages).toEqual([['m-1', 'm-2', 'm-3', 'm-1', 'm-2', 'm-3']]);
  });

  it('write replies that are due at once, the others at their time, each once', async () => {
    const tables = { ...TABLES, answerLog: 'gateway_answer_log' };
    await createOwnTables(province.db, tables);
    const insertAnswers = createInsertAnswers(province.db, MAPPING, tables);
    const moveDueAnswers = createMoveDueAnswers(province.db, MAPPING, tables);
    const answers = [
      answer({}),
      answer({
        kind: 'report',
        afterMs: 3_600_000,
        happenedMs: 7_000,
        submittedMs: 2_000,
        toAddr: '138',
        code: 'MK:0001',
        text: '0001',
      }),
      answer({
        kind: 'recv',
        msgId: null,
        gatewayMsgId: null,
        fromAddr: '138',
        toAddr: '10698001',
        code: null,
        text: '退订',
      }),
      ...Array.from({ length: 500 }, (_, i) => answer({ afterMs: 1, msgId: `later-${i}` })),
    ];
    const given = await inTransaction(province.db, (tx) => insertAnswers(tx, answers));
    expect(given).toEqual({ resp: 1, report: 0, recv: 1 });
    expect(await readAnswers(database, MAPPING)).toEqual(
      [answers[0], answers[2]].map((a) => toAnswerText(a as SimulatedRow)).sort(),
    );
    expect(await countWaitingAnswers(province.db)).toBe(501);

    const move = () => inTransaction(province.db, (tx) => moveDueAnswers(tx, 200));
    const moved = await Promise.all(Array.from({ length: 4 }, move));
    expect(moved.reduce((sum, { resp }) => sum + resp, 0)).toBe(500);
    expect(await countWaitingAnswers(province.db)).toBe(1);
    await province.run('UPDATE gateway_answer SET due_at = $1', [new Date(0)]);
    expect(await move()).toEqual({ resp: 0, report: 1, recv: 0 });
    expect(await readAnswers(database, MAPPING)).toEqual(answers.map(toAnswerText).sort());
    const reports = await database.run<{ done_time: Date; submit_time: Date }>(
      'SELECT done_time, submit_time FROM client_sms_report',
    );
    expect(reports.map(({ done_time, submit_time }) => done_time.getTime() - submit_time.getTime())).toEqual([5_000]);
    const log = await province.run('SELECT kind, count(*) AS n FROM gateway_answer_log GROUP BY kind ORDER BY kind');
    const kept = log.map(({ kind, n }) => ({ kind, rows: Number(n) }));
    expect(kept).toEqual([
      { kind: 'recv', rows: 1 },
      { kind: 'report', rows: 1 },
      { kind: 'resp', rows: 501 },
    ]);
  });
});
