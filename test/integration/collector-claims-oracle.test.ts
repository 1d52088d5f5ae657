import { createExchangeClaims } from '../../services/report-collector/sql/claim-rows';
import { deleteClaimed } from '../../shared/database/oracle/delete-claimed';
import { KEY_COLUMN } from '../../shared/database/oracle/oracle-columns';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { onOracle } from '../support/test-engines';
import { useCollector } from './collector-world';

onOracle('claims of the collector on Oracle', () => {
  const { login, database, recv, count } = useCollector('oracledb');

  it('leave out a row that another session deleted before the lock', async () => {
    await recv(
      ...[1, 2, 3].map((no) => ({ seq_id: no, src_addr: '10086', dest_addr: '10698001', content: `no ${no}` })),
    );
    const gone = { text: 'DELETE FROM CLIENT_SMS_RECV WHERE SEQ_ID = :1', key: [KEY_COLUMN] };
    const claimed = await inTransaction(login().db, async ({ oracle }) => {
      await database().run('DELETE FROM client_sms_recv WHERE seq_id = 2');
      return deleteClaimed(oracle, gone, ['1', '2', '3'], (id) => [id]);
    });
    expect(claimed).toEqual(['1', '3']);
  });

  // the province's table may have no key
  it('take no row of a duplicated number, report it, and skip a row without a number', async () => {
    const mapping = loadExchangeMapping();
    const { db, run } = database();
    await db.oracle.execute(`CREATE TABLE KEYLESS_RECV (SEQ_ID NUMBER(19), SRC_ADDR VARCHAR2(20), DEST_ADDR VARCHAR2(20), MSG_FMT NUMBER(5),
      CONTENT VARCHAR2(1000), RECV_TIME TIMESTAMP(3))`);
    const enter = (no: number | null) =>
      run('INSERT INTO keyless_recv (seq_id, src_addr) VALUES ($1, $2)', [no, '10086']);
    const claims = createExchangeClaims(db, { ...mapping, tables: { ...mapping.tables, recv: 'KEYLESS_RECV' } });
    const claim = async (selection: Parameters<typeof claims.recv>[1]) =>
      (await inTransaction(db, (tx) => claims.recv(tx, selection))).map(({ id }) => id);
    for (const no of [null, 1, 7, 7, 8]) await enter(no);
    // even where only one of the two was fetched
    for (const selection of [{ limit: 10 }, { limit: 2 }, { ids: ['7'] }])
      await expect(claim(selection)).rejects.toMatchObject({
        code: 'DB_SCHEMA',
        message: expect.stringContaining('SEQ_ID of KEYLESS_RECV is not unique: 2 rows have 7'),
      });
    expect(await count('keyless_recv')).toBe(5);
    await run('DELETE FROM keyless_recv WHERE seq_id = 7');
    expect(await claim({ limit: 10 })).toEqual(['1', '8']);
    expect(await count('keyless_recv WHERE seq_id IS NULL')).toBe(1);
    await db.oracle.execute('DROP TABLE KEYLESS_RECV');
  });
});
