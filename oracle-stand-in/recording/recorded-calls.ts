import oracledb from 'oracledb';

const { NUMBER, STRING, DB_TYPE_TIMESTAMP, BIND_OUT } = oracledb;

/**
 * Fixed values for what the driver reports about itself and the machine, so that recordings are
 * machine-independent.
 */
const RECORDED_CLIENT = {
  user: 'YJSMS',
  password: 'secret',
  program: 'program',
  machine: 'machine',
  terminal: 'terminal',
  osUser: 'person',
};

/**
 * Runs a session with everything that the bridge's adapters do with the driver. After a change
 * here, record again: RECORD=1 with the test of recordings.
 */
export const recordedCalls = async (connectString: string): Promise<void> => {
  const connection = await oracledb.getConnection({ ...RECORDED_CLIENT, connectString });
  await connection.ping();
  await connection.execute(
    'CREATE TABLE T (ID NUMBER(9) NOT NULL, NAME VARCHAR2(20 CHAR), BODY CLOB, AT TIMESTAMP(3))',
  );
  const insert = 'INSERT INTO T (ID, NAME, BODY, AT) VALUES (:1, :2, :3, :4)';
  const at = new Date(Date.UTC(2026, 10, 24, 13, 14, 15, 678));
  const bindDefs = [
    { type: NUMBER },
    { type: STRING, maxSize: 80 },
    { type: STRING, maxSize: 40_000 },
    { type: DB_TYPE_TIMESTAMP },
  ];
  const rows = [
    [1, 'one', 'x'.repeat(300), at],
    [2, null, null, null],
  ];
  await connection.executeMany(insert, rows, { bindDefs });
  await connection.executeMany(insert, [[3, '停电', 'short', at]], { bindDefs });
  await connection.executeMany(
    'UPDATE T SET NAME = :1 WHERE ID = :2',
    [
      ['a', 1],
      ['b', 9],
    ],
    { dmlRowCounts: true, batchErrors: true },
  );
  await connection.execute('SELECT ID, NAME FROM T WHERE ID > :1 ORDER BY ID', [0], {
    prefetchRows: 1,
    fetchArraySize: 2,
  });
  await connection.execute('SELECT ID, NAME FROM T WHERE ID > :1 ORDER BY ID', [1], {
    prefetchRows: 1,
    fetchArraySize: 2,
  });
  await connection.execute('SELECT BODY FROM T ORDER BY ID', [], { fetchInfo: { BODY: { type: STRING } } });
  await connection.execute('DELETE FROM T WHERE ID = :id RETURNING NAME INTO :name', {
    id: 3,
    name: { dir: BIND_OUT, type: STRING, maxSize: 80 },
  });
  await connection.commit();
  const block = 'BEGIN :result := :value * 2; END;';
  for (const value of [1, -2]) await connection.execute(block, { result: { dir: BIND_OUT, type: NUMBER }, value });
  connection.clientId = 'client';
  connection.module = 'module';
  await connection.execute('SELECT ID FROM T FOR UPDATE SKIP LOCKED', [], {
    maxRows: 5,
    prefetchRows: 5,
    fetchArraySize: 5,
  });
  await connection.rollback();
  await connection.close();
};
