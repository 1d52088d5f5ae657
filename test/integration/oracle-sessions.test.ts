import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import type { DatabaseSettings } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';

jest.setTimeout(120_000);

const WHO = `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT, SYS_CONTEXT('USERENV', 'PROXY_USER') AS PROXY,
  SYS_CONTEXT('USERENV', 'MODULE') AS MODULE, SYS_CONTEXT('USERENV', 'ACTION') AS ACTION,
  SYS_CONTEXT('USERENV', 'CLIENT_IDENTIFIER') AS CLIENT FROM DUAL`;

const REFUSED = { code: 'DB_LOGIN', retryable: false, message: expect.stringMatching(/ORA-01017.*not tried again/) };

/**
 * What the unmodified driver sends when it connects and logs in, as far as the stand-in sees it.
 */
describe('sessions on Oracle (the stand-in)', () => {
  let oracle: TestOracle;

  const open = (change: Partial<DatabaseSettings> = {}) =>
    openDatabase({
      url: `oracle://RELAY:secret@${oracle.connectString}`,
      applicationName: 'exchange-relay relay-1',
      poolMax: 3,
      statementTimeoutMs: 20_000,
      ...change,
    });
  const pooled = (parameters: string) =>
    open({ url: `oracle://RELAY:secret@127.0.0.1:${oracle.port}/STANDIN${parameters}` });

  beforeAll(async () => {
    oracle = await openTestOracle({
      users: { RELAY: 'secret', OWNER: { password: 'other', proxies: ['RELAY'] }, CLOSED: 'other' },
    });
  });
  afterAll(() => oracle.drop());
  beforeEach(() => oracle.clearLog());

  it('show the DBA their service and instance', async () => {
    const db = open();
    expect((await db.oracle.execute(WHO)).rows).toEqual([
      { account: 'RELAY', proxy: null, module: 'exchange-relay', action: 'relay-1', client: 'exchange-relay relay-1' },
    ]);
    await db.close();
    expect(oracle.logins()).toMatchObject([{ protocol: 'tcp', attributes: { AUTH_PROGRAM_NM: 'exchange-relay' } }]);
  });

  // FAILED_LOGIN_ATTEMPTS of Oracle's default profile is 10
  it('try a wrong password once for all callers, because more tries would lock the account', async () => {
    const db = open({ poolMax: 6 });
    // the server would accept the second try
    oracle.inject({ kind: 'refuse-login', number: 1017, times: 1 });
    const ask = () => expect(db.oracle.execute(WHO)).rejects.toMatchObject(REFUSED);
    await Promise.all(Array.from({ length: 6 }, ask));
    await ask();
    await db.close();
    expect(oracle.logins()).toHaveLength(1);
  });

  it('fail all waiters of a failed login together: no caller waits for several attempts', async () => {
    const db = open({ poolMax: 6 });
    oracle.inject({ kind: 'refuse-login', number: 1033, times: 1 });
    const starting = { code: 'DB_UNAVAILABLE', retryable: true };
    await Promise.all([1, 2, 3].map(() => expect(db.oracle.execute(WHO)).rejects.toMatchObject(starting)));
    expect(oracle.logins()).toHaveLength(1);
    expect((await db.oracle.execute(WHO)).rows).toHaveLength(1);
    await db.close();
  });

  it('continue when another one is refused', async () => {
    const db = open();
    await db.oracle.execute(WHO);
    oracle.inject({ kind: 'refuse-login', number: 1017, times: 1 });
    await inTransaction(db, ({ oracle: session }) =>
      Promise.all([
        session.execute(WHO),
        ...[1, 2].map(() => expect(db.oracle.execute(WHO)).rejects.toMatchObject(REFUSED)),
      ]),
    );
    expect((await db.oracle.execute(WHO)).rows).toHaveLength(1);
    await db.close();
  });

  it('belong to another account where a proxy logs in for it', async () => {
    const db = open({ url: `oracle://RELAY[OWNER]:secret@${oracle.connectString}` });
    expect((await db.oracle.execute(WHO)).rows).toMatchObject([{ account: 'OWNER', proxy: 'RELAY' }]);
    await db.close();
    expect(oracle.logins()).toMatchObject([{ attributes: { PROXY_CLIENT_NAME: 'OWNER' } }]);
  });

  it('are refused where the target account does not allow the proxy', async () => {
    const db = open({ url: `oracle://RELAY[CLOSED]:secret@${oracle.connectString}` });
    await expect(db.oracle.execute(WHO)).rejects.toMatchObject({
      code: 'DB_SETTINGS',
      message: expect.stringMatching(/\[ORA-28150\]: DATABASE_URL.*GRANT CONNECT THROUGH/),
    });
    await db.close();
  });

  it('use one connection class for resident pooling in all processes, and are set up again each time', async () => {
    const db = pooled('?server=pooled');
    for (const work of [
      () => db.oracle.execute(WHO),
      () => inTransaction(db, (tx) => tx.oracle.execute(WHO)),
      () => db.knex.raw(WHO).then((rows: unknown) => ({ rows: (rows as Record<string, unknown>[]).map(lower) })),
    ]) {
      oracle.clearLog();
      // the stand-in forgets settings when a server process is returned, as a real server that
      // lends another one
      expect((await work()).rows).toMatchObject([{ module: 'exchange-relay', client: 'exchange-relay relay-1' }]);
      expect(oracle.statements()[0]?.sql).toContain('NLS_SORT = BINARY');
    }
    await db.close();
    const other = pooled(':pooled?pool_connection_class=NIGHT');
    oracle.clearLog();
    await other.oracle.execute(WHO);
    await other.close();
    expect(oracle.logins()).toMatchObject([
      {
        connectData: expect.stringMatching(/\(SERVER=pooled\).*\(POOL_CONNECTION_CLASS=NIGHT\)/),
        attributes: { AUTH_KPPL_CONN_CLASS: 'NIGHT', AUTH_KPPL_PURITY: '2' },
      },
    ]);
  });

  it('roll back before they return a server process', async () => {
    const db = pooled('?server=pooled');
    await db.oracle.execute('CREATE TABLE LEFT_OVER (ID NUMBER(9))');
    const work = inTransaction(db, async (tx) => {
      await tx.oracle.execute('INSERT INTO LEFT_OVER (ID) VALUES (1)');
      throw new Error('rolled back on purpose');
    });
    await expect(work).rejects.toThrow('rolled back on purpose');
    expect((await db.oracle.execute('SELECT ID FROM LEFT_OVER')).rows).toEqual([]);
    await db.close();
  });

  it('keep as many statements open as configured', async () => {
    const repeat = async (oracleStatementCache: number): Promise<readonly string[]> => {
      const db = open({ oracleStatementCache });
      for (let round = 0; round < 2; round += 1)
        for (const text of ['SELECT 1 AS A FROM DUAL', 'SELECT 2 AS A FROM DUAL', 'SELECT 3 AS A FROM DUAL']) {
          if (round === 1 && text.includes('1 AS')) oracle.clearLog();
          await db.oracle.execute(text);
        }
      const calls = oracle.roundTrips().map(({ call }) => call);
      await db.close();
      return calls;
    };
    // parsed again, or run again by the number of its cursor
    expect(await repeat(0)).toEqual(['execute', 'execute', 'execute']);
    expect(await repeat(10)).toEqual(['reexecuteAndFetch', 'reexecuteAndFetch', 'reexecuteAndFetch']);
  });
});

const lower = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
