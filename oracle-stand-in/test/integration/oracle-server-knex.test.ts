import knex, { type Knex } from 'knex';
import oracledb from 'oracledb';
import { openTestOracle, type TestOracle } from '../../test-oracle';

jest.setTimeout(120_000);

describe('knex on the Oracle stand-in', () => {
  let oracle: TestOracle;
  let db: Knex;

  beforeAll(async () => {
    oracle = await openTestOracle();
    db = knex({
      client: 'oracledb',
      connection: { user: 'YJSMS', password: 'secret', connectString: oracle.connectString },
      fetchAsString: ['clob'],
      pool: { min: 0, max: 4 },
      compileSqlOnError: false,
    } as Knex.Config);
    await db.raw(
      'CREATE TABLE LETTERS (ID NUMBER(9) NOT NULL, NAME VARCHAR2(20 CHAR), BODY CLOB, CONSTRAINT LETTERS_PK PRIMARY KEY (ID))',
    );
  });
  afterAll(async () => {
    await db.destroy();
    await oracle.drop();
  });
  beforeEach(() => db('LETTERS').del());

  it('runs raw statements', async () => {
    expect(await db.raw('SELECT 1 AS ONE FROM DUAL')).toEqual([{ ONE: 1 }]);
    expect(await db.raw('SELECT :a AS A FROM DUAL', { a: 'x' })).toEqual([{ A: 'x' }]);
  });

  it('inserts, selects, updates with identifiers in upper case', async () => {
    await db('LETTERS').insert({ ID: 1, NAME: 'one', BODY: 'x'.repeat(5000) });
    expect(await db('LETTERS').insert({ ID: 2, NAME: 'two' }).returning(['ID', 'NAME'])).toEqual([
      { ID: '2', NAME: 'two' },
    ]);
    expect(await db('LETTERS').where('ID', 2).update({ NAME: 'zwei' })).toBe(1);
    expect(await db('LETTERS').select('ID', 'NAME').orderBy('ID').limit(1)).toEqual([{ ID: 1, NAME: 'one' }]);
    expect(await db('LETTERS').select('ID').orderBy('ID').limit(1).offset(1)).toMatchObject([{ ID: 2 }]);
    expect((await db('LETTERS').where({ ID: 1 }).first()).BODY).toHaveLength(5000);
    expect(await db('LETTERS').count('* as N')).toEqual([{ N: 2 }]);
  });

  it('finds no table of a name in lower case', async () => {
    await expect(db('letters').select('id')).rejects.toMatchObject({ errorNum: 942 });
  });

  it('rolls back what executeMany did on the transaction’s own connection', async () => {
    const ids = [
      [1, 'a'],
      [2, 'b'],
    ];
    const failed = db.transaction(async (trx) => {
      const raw = (await trx.client.acquireConnection()) as oracledb.Connection;
      const result = await raw.executeMany('INSERT INTO LETTERS (ID, NAME) VALUES (:1, :2)', ids, {
        bindDefs: [{ type: oracledb.NUMBER }, { type: oracledb.STRING, maxSize: 20 }],
      });
      expect(result.rowsAffected).toBe(2);
      expect(await trx('LETTERS').count('* as N')).toEqual([{ N: 2 }]);
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    expect(await db('LETTERS').count('* as N')).toEqual([{ N: 0 }]);
    await db.transaction(async (trx) => {
      const raw = (await trx.client.acquireConnection()) as oracledb.Connection;
      await raw.executeMany('INSERT INTO LETTERS (ID, NAME) VALUES (:1, :2)', ids);
    });
    expect(await db('LETTERS').count('* as N')).toEqual([{ N: 2 }]);
  });

  it('drops SKIP LOCKED silently, as knex does for Oracle', async () => {
    oracle.clearLog();
    await db.transaction((trx) => trx('LETTERS').select('ID').forUpdate().skipLocked());
    expect(oracle.statements()[0]?.sql).toBe('select "ID" from "LETTERS" for update');
  });
});
