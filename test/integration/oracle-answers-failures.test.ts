import { answersSwitch } from '../../cli/migrate/switch-answers';
import { answerTriggers } from '../../migrations/oracle-answers/switch-answers';
import type { Database } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { insertRows, type Row } from '../support/insert-rows';
import type { TestLogin } from '../support/test-database';
import { onOracle } from '../support/test-engines';
import { useCollector } from './collector-world';

const MAPPING = loadExchangeMapping();
const { on, off } = answersSwitch('oracledb');

/** Where rows end up when the triggers fail. */
onOracle('triggers that settle replies in the database', () => {
  const world = useCollector('oracledb');
  const { collector, events, database, ledger, states, count } = world;
  let province: TestLogin;
  const db = (): Database => database().db;
  const switchOn = () => on(db(), MAPPING, { tablespaces: false }, 'CN');
  const switchOff = () => off(db(), MAPPING);
  const resp = (...rows: readonly Row[]) => insertRows(province.db, MAPPING.tables.resp, rows);
  const recv = (...rows: readonly Row[]) => insertRows(province.db, MAPPING.tables.recv, rows);
  /** Inserts results for m-1, m-2 … in one statement. */
  const respAtOnce = (...results: readonly string[]) =>
    province.db.oracle.execute(
      `INSERT INTO CLIENT_SMS_RESP (MSG_ID, GATEWAY_MSG_ID, RESULT) SELECT 'm-' || TO_CHAR(LEVEL), 'g' || TO_CHAR(LEVEL), DECODE(LEVEL, ${results.map((result, at) => `${at + 1}, '${result}'`).join(', ')}) FROM DUAL CONNECT BY LEVEL <= ${results.length}`,
    );
  const exchangeRows = async () =>
    (await Promise.all(Object.values(MAPPING.tables).map((table) => count(table)))).reduce(
      (sum, rows) => sum + rows,
      0,
    );
  const collectAll = async () => {
    for (const name of ['resp', 'report', 'recv', 'wait'] as const) await collector().batch(name);
    return events().take();
  };
  const short = async () => (await states()).map(({ message_id, status }) => `${message_id} ${status}`);

  beforeAll(async () => {
    province = await database().login('sms_province');
  });
  afterEach(() => switchOff());

  it('leave a row in the exchange table when it cannot be kept, without an error for the province', async () => {
    await switchOn();
    await ledger('m-1');
    await db().oracle.execute(`ALTER TABLE SM_RESP_KEPT ADD CONSTRAINT FULL_CK CHECK (RESULT <> '7')`);
    await resp({ msg_id: 'm-1', gateway_msg_id: 'g', result: '7' });
    expect([await count('client_sms_resp'), await count('sm_resp_kept')]).toEqual([1, 0]);
    expect((await collectAll()).statuses).toMatchObject([{ messageId: 'm-1', status: 'SUBMIT_FAILED' }]);
  });

  it('leave all rows of a statement in place when one cannot be kept; a copy that exists is returned with the same identity', async () => {
    await switchOn();
    await ledger('m-1');
    await ledger('m-2');
    await db().oracle.execute(`ALTER TABLE SM_RESP_KEPT ADD CONSTRAINT FULL_CK CHECK (RESULT <> '7')`);
    await respAtOnce('0', '7');
    // FORALL keeps the rows before the failed one
    expect([await count('client_sms_resp'), await count('sm_resp_kept')]).toEqual([2, 1]);
    expect(await short()).toEqual(['m-1 HANDED', 'm-2 HANDED']);
    const first = (await collectAll()).statuses;
    expect(first.map(({ messageId, status }) => `${messageId} ${status}`)).toEqual([
      'm-1 SUBMITTED',
      'm-2 SUBMIT_FAILED',
    ]);
    const before = await states();
    expect(await switchOff()).toBe(1);
    expect((await collectAll()).statuses.map(({ eventId }) => eventId)).toEqual([first[0]?.eventId]);
    expect(await states()).toEqual(before);
  });

  it('settle the other rows when one cannot be settled, and keep that one too', async () => {
    await switchOn();
    for (const id of ['m-1', 'm-2', 'm-3']) await ledger(id);
    await db().oracle.execute(`ALTER TABLE SM_SEND_T ADD CONSTRAINT BAD_CK CHECK (GATEWAY_MSG_ID <> 'g2')`);
    await respAtOnce('0', '0', '13');
    await db().oracle.execute('ALTER TABLE SM_SEND_T DROP CONSTRAINT BAD_CK');
    expect([await exchangeRows(), await count('sm_resp_kept')]).toEqual([0, 3]);
    expect(await short()).toEqual(['m-1 SUBMITTED', 'm-2 HANDED', 'm-3 SUBMIT_FAILED']);
    expect(await switchOff()).toBe(3);
    await collectAll();
    expect(await short()).toEqual(['m-1 SUBMITTED', 'm-2 SUBMITTED', 'm-3 SUBMIT_FAILED']);
  });

  it('wait two seconds once for a locked message, and leave it and the following rows to the collector', async () => {
    await switchOn();
    for (const id of ['m-1', 'm-2', 'm-3', 'm-4']) await ledger(id);
    const milliseconds = await inTransaction(db(), async ({ oracle }) => {
      await oracle.execute(`SELECT STATUS FROM SM_SEND_T WHERE MESSAGE_ID IN ('m-2', 'm-3') FOR UPDATE`);
      const began = Date.now();
      await respAtOnce('0', '0', '0', '0');
      return Date.now() - began;
    });
    expect(milliseconds).toBeGreaterThanOrEqual(2_000);
    expect([await exchangeRows(), await count('sm_resp_kept')]).toEqual([0, 4]);
    expect(await short()).toEqual(['m-1 SUBMITTED', 'm-2 HANDED', 'm-3 HANDED', 'm-4 HANDED']);
    // the next statement does not wait
    await resp({ msg_id: 'm-4', gateway_msg_id: 'g4', result: '0' });
    expect((await short()).at(-1)).toBe('m-4 SUBMITTED');
    expect(await switchOff()).toBe(5);
    await collectAll();
    expect(await short()).toEqual(['m-1 SUBMITTED', 'm-2 SUBMITTED', 'm-3 SUBMITTED', 'm-4 SUBMITTED']);
  });

  it('are removed and disabled when one does not compile, and the province inserts as before', async () => {
    await db().oracle.execute('ALTER TABLE SM_RECEIVE_T RENAME COLUMN OFFERED_AT TO OFFERED_ON');
    await expect(switchOn()).rejects.toThrow(
      /SM_RECV_TO_DAY does not compile and was dropped again: line \d+: PL\/SQL: ORA-00904: "OFFERED_AT": invalid identifier/,
    );
    await db().oracle.execute('ALTER TABLE SM_RECEIVE_T RENAME COLUMN OFFERED_ON TO OFFERED_AT');
    const triggers = await db().oracle.execute('SELECT TRIGGER_NAME, STATUS FROM USER_TRIGGERS ORDER BY TRIGGER_NAME');
    expect(triggers.rows.map((row) => Object.values(row).join(' '))).toEqual([
      'SM_REPORT_TO_DAY DISABLED',
      'SM_RESP_TO_DAY DISABLED',
      'SM_SEND_T_FILL_IN ENABLED',
    ]);
    await resp({ msg_id: 'm-1', gateway_msg_id: 'g', result: '0' });
    await recv({ src_addr: '13800138000', dest_addr: '10698001', content: 'TD' });
    expect([await exchangeRows(), await switchOff()]).toEqual([2, 0]);
    await collectAll();
    // the driver only warns about it (ORA-24344)
    const broken = answerTriggers(MAPPING, 'CN').recv.replace('V_EXT VARCHAR2(20 CHAR);', '');
    await expect(db().oracle.execute(broken)).rejects.toMatchObject({
      code: 'DB_SCHEMA',
      message: expect.stringMatching(/TRIGGER SM_RECV_TO_DAY was created but does not compile.*USER_ERRORS/),
    });
    const { rows } = await db().oracle.execute<{ text: string }>('SELECT DISTINCT TEXT FROM USER_ERRORS');
    expect(rows).toContainEqual({ text: "PLS-00201: identifier 'V_EXT' must be declared" });
    await db().oracle.execute('DROP TRIGGER SM_RECV_TO_DAY');
  });
});
