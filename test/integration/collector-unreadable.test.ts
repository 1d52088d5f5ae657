import oracledb from 'oracledb';
import type { SmsReceived } from '../../shared/avro/records';
import { type BridgeWorld, createBridgeWorld } from '../support/bridge-world';
import { insertRows, type Row } from '../support/insert-rows';
import { onStandIn } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

const recv = (content: string | null, more: Row = {}): Row => ({
  src_addr: '13800138000',
  dest_addr: '1069800101',
  content,
  ...more,
});

/** Returns the outcome of the rows: events, and dead letters with their reasons. */
const outcome = async (world: BridgeWorld) => {
  const received = (await world.read('received')).flatMap(({ value }) => {
    const event = world.codecs.received.decode(value);
    return event.ok ? [event.value as SmsReceived] : [];
  });
  const letters = (await world.read('deadLetter')).map(({ value, headers }) => ({
    row: JSON.parse(String(value)) as Record<string, unknown>,
    reason: String(headers.reason),
    message: String(headers.message),
  }));
  return { contents: received.map(({ content }) => content).sort(), letters };
};

const waitForAll = (world: BridgeWorld, table = 'client_sms_recv') =>
  waitUntil(
    'all rows are taken',
    async () => Number((await world.database.run<{ n: string }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n) === 0,
    60_000,
  );

describe('a row that cannot be read, on PostgreSQL', () => {
  it('is set aside, and its neighbours go through', async () => {
    const world = await createBridgeWorld();
    const { db, run } = world.database;
    // a province may bring a view over its own table, with times as texts
    await run('ALTER TABLE client_sms_recv RENAME TO province_recv');
    await run('ALTER TABLE province_recv ADD COLUMN came text');
    await run(
      `CREATE VIEW client_sms_recv AS SELECT seq_id, src_addr, dest_addr, content, msg_fmt, came::timestamptz AS recv_time FROM province_recv`,
    );
    await run('GRANT SELECT, UPDATE, DELETE ON client_sms_recv TO sms_collector');
    await insertRows(db, 'province_recv', [
      recv('one', { came: '2026-11-24 10:00:00+08' }),
      recv('two', { came: '24.11.2026 25:00' }),
      recv('three', { came: '2026-11-24 10:00:01+08' }),
    ]);
    world.start('report-collector');
    await waitForAll(world, 'province_recv');
    const { contents, letters } = await outcome(world);
    expect(contents).toEqual(['one', 'three']);
    expect(letters).toMatchObject([{ reason: 'ROW_UNREADABLE', row: { SEQ_ID: '2' } }]);
    await world.close();
  });
});

onStandIn('rows that are hard to read, on Oracle', () => {
  let world: BridgeWorld;
  const oracle = () => world.database.oracle!;
  const insert = (...rows: readonly Row[]) => insertRows(world.database.db, 'client_sms_recv', rows);
  /** The SEQ_IDs as they were given. */
  const seqOf = async (content: string): Promise<string> =>
    String(
      (
        await world.database.run<{ seq_id: string }>('SELECT seq_id FROM client_sms_recv WHERE content = $1', [content])
      )[0]?.seq_id,
    );
  beforeEach(async () => {
    world = await createBridgeWorld({ engine: 'oracledb', characterSet: 'ZHS16GBK' });
  });
  afterEach(() => world.close());

  it('set aside one that is cut within a character, with its bytes; its neighbours go through', async () => {
    await oracle().inject({ kind: 'fail-value', number: 29275, column: 'CLIENT_SMS_RECV.CONTENT', holding: '破' });
    await insert(
      ...Array.from({ length: 40 }, (_, at) => recv(`好 ${at}`)),
      recv('破'),
      ...Array.from({ length: 40 }, (_, at) => recv(`行 ${at}`)),
      recv('a破b'),
    );
    const bad = await seqOf('破').catch(() => '41');
    world.start('report-collector');
    await waitForAll(world);
    const { contents, letters: given } = await outcome(world);
    const letters = [...given].sort((a, b) => Number(a.row.SEQ_ID) - Number(b.row.SEQ_ID));
    expect(contents).toHaveLength(80);
    expect(letters).toHaveLength(2);
    expect(letters[0]).toMatchObject({
      reason: 'ROW_UNREADABLE',
      message: expect.stringMatching(/^CONTENT cannot be read: .*ORA-29275.*SUBSTR/),
      row: { SEQ_ID: bad, SRC_ADDR: '13800138000', CONTENT: 'hex:c6c6' },
    });
    expect(letters[1]?.row.CONTENT).toBe('hex:61c6c662');
  });

  it('set aside many of them alone too; when no row can be read for another reason, all wait', async () => {
    await oracle().inject({ kind: 'fail-value', number: 29275, column: 'CLIENT_SMS_RECV.CONTENT', holding: '破' });
    await insert(...Array.from({ length: 5 }, () => recv('破')));
    const collector = world.start('report-collector');
    await waitForAll(world);
    expect((await outcome(world)).letters).toHaveLength(5);

    await oracle().clearFaults();
    await oracle().inject({ kind: 'fail-value', number: 1722, column: 'CLIENT_SMS_RECV.MSG_FMT', holding: '8' });
    await insert(...Array.from({ length: 4 }, (_, at) => recv(`later ${at}`, { msg_fmt: '8' })));
    await waitUntil('the table is reported as the cause', () =>
      collector.log.some((line) => JSON.stringify(line).includes('no row of CLIENT_SMS_RECV can be read')),
    );
    expect((await outcome(world)).letters).toHaveLength(5);
    await oracle().clearFaults();
    await waitForAll(world);
    expect((await outcome(world)).contents).toHaveLength(4);
  });

  it("read NCLOB and NVARCHAR2, with characters outside the database's own set", async () => {
    const { db, run } = world.database;
    await run('ALTER TABLE client_sms_recv DROP COLUMN content');
    await run('ALTER TABLE client_sms_recv ADD (content NCLOB)');
    await run('ALTER TABLE client_sms_recv DROP COLUMN src_addr');
    await run('ALTER TABLE client_sms_recv ADD (src_addr NVARCHAR2(40))');
    // the bridge's statements write in the database's set only
    const province = await oracledb.getConnection({
      user: 'YJSMS',
      password: 'secret',
      connectString: oracle().connectString,
    });
    await province.execute(
      'INSERT INTO CLIENT_SMS_RECV (SRC_ADDR, DEST_ADDR, CONTENT) VALUES (:1, :2, :3)',
      ['13800138000', '1069800101', { val: '停电😀', type: oracledb.DB_TYPE_NVARCHAR }],
      { autoCommit: true },
    );
    await province.close();
    world.start('report-collector');
    await waitForAll(world);
    const { contents, letters } = await outcome(world);
    expect(letters).toEqual([]);
    expect(contents).toEqual(['停电😀']);
    const { rows } = await db.oracle.execute<{ content: string; src_addr: string }>(
      'SELECT CONTENT, SRC_ADDR FROM SM_RECEIVE_T',
    );
    expect(rows).toEqual([{ content: '停电[U+1F600]', src_addr: '8613800138000' }]);
  });

  it('take a received message that fills its column in bytes', async () => {
    const long = '中'.repeat(2000);
    await insert(recv('before'), recv(long), recv('after'));
    world.start('report-collector');
    await waitForAll(world);
    expect(await outcome(world)).toEqual({ contents: ['after', 'before', long], letters: [] });
    const { rows } = await world.database.db.oracle.execute<{ n: string }>(
      'SELECT LENGTHB(CONTENT) AS N FROM SM_RECEIVE_T WHERE LENGTH(CONTENT) = 2000',
    );
    expect(rows.map(({ n }) => Number(n))).toEqual([4000]);
  });

  it('cut a received message that no column holds, mark it in the row, and publish all of it', async () => {
    const { db, run } = world.database;
    await run('ALTER TABLE client_sms_recv DROP COLUMN content');
    await run('ALTER TABLE client_sms_recv ADD (content CLOB)');
    const long = '中'.repeat(2500);
    await db.oracle.execute('INSERT INTO CLIENT_SMS_RECV (SRC_ADDR, DEST_ADDR, CONTENT) VALUES (:1, :2, :3)', [
      '13800138000',
      '1069800101',
      long,
    ]);
    world.start('report-collector');
    await waitForAll(world);
    expect(await outcome(world)).toEqual({ contents: [long], letters: [] });
    const { rows } = await db.oracle.execute<{ content: string }>('SELECT CONTENT FROM SM_RECEIVE_T');
    expect(rows[0]?.content).toMatch(/^中{1982} \[cut here: 1982 of 2500 characters\]$/);
  });

  it('stop at a column of another type, name it, and delete nothing', async () => {
    const { run } = world.database;
    await run('ALTER TABLE client_sms_recv DROP COLUMN content');
    await run('ALTER TABLE client_sms_recv ADD (content BLOB)');
    await run(
      `INSERT INTO client_sms_recv (src_addr, dest_addr, content) VALUES ('13800138000', '1069800101', HEXTORAW('C6C6'))`,
    );
    const collector = world.start('report-collector');
    await waitUntil('the column is named', () =>
      collector.log.some((line) => /CLIENT_SMS_RECV\.CONTENT has a type/.test(JSON.stringify(line))),
    );
    expect(Number((await run<{ n: string }>('SELECT count(*) AS n FROM client_sms_recv'))[0]?.n)).toBe(1);
    expect((await outcome(world)).letters).toEqual([]);
  });
});
