import { listStatements } from '../../migrations';
import { openTestOracle, type TestOracle } from '../../oracle-stand-in/test-oracle';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { runCli } from '../support/run-cli';

const MIGRATIONS = listStatements('oracledb', loadExchangeMapping()).map(({ name }) => name);

jest.setTimeout(200_000);

describe('sms-bridge and Oracle (the stand-in)', () => {
  let oracle: TestOracle;
  let env: Record<string, string>;
  beforeAll(async () => {
    const owner = ['CREATE SESSION', 'CREATE TABLE', 'CREATE VIEW', 'CREATE SEQUENCE', 'CREATE TRIGGER', 'CREATE ROLE'];
    oracle = await openTestOracle({
      users: { YJSMS: { password: 'secret', privileges: [...owner, 'UNLIMITED TABLESPACE', 'DROP ANY ROLE'] } },
    });
    env = { TZ: 'UTC', DATABASE_URL: `oracle://YJSMS:secret@${oracle.connectString}`, ORACLE_TABLESPACES: 'off' };
  });
  afterAll(() => oracle.drop());

  const migrate = (...args: string[]) => runCli(['migrate', '--json', ...args], { env });

  it('migrates up, lists the migrations, and migrates down', async () => {
    expect((await migrate('--status')).code).toBe(1);
    const up = await migrate();
    expect([up.code, up.stderr]).toEqual([0, '']);
    expect(up.json()).toHaveLength(MIGRATIONS.length);
    const status = await migrate('--status');
    expect([status.code, status.json().map(({ done }) => done)]).toEqual([0, MIGRATIONS.map(() => true)]);
    expect((await migrate()).json()).toEqual([]);
    expect((await migrate('--down', '--yes')).json()).toEqual([{ migration: MIGRATIONS.at(-1), result: 'undone' }]);
  });

  it('prints scripts without a connection', async () => {
    const { code, stdout } = await runCli(['oracle', 'script', 'dba', '--owner', 'sms', '--datafiles', '+DATA']);
    expect(code).toBe(0);
    expect(stdout).toContain(`CREATE TABLESPACE SMS_EXCHANGE DATAFILE '+DATA' SIZE 100M`);
    expect(stdout).toContain('CREATE USER SMS IDENTIFIED BY "&&sms_password"');
    const accounts = await runCli(['oracle', 'script', 'accounts', '--account', 'BILLING:SMS_APPLICATION']);
    expect(accounts.stdout).toContain('CREATE OR REPLACE SYNONYM BILLING.V_SEND_T_LOG FOR YJSMS.V_SEND_T_LOG;');
    const off = await runCli(['oracle', 'script', 'answers-off']);
    expect(off.stdout).toMatch(
      /PROMPT .*REPORT_WINDOW_HOURS[\s\S]+DROP TRIGGER SM_RESP_TO_DAY[\s\S]+INSERT INTO CLIENT_SMS_RESP[\s\S]+COMMIT;[\s\S]+DROP TABLE SM_RESP_KEPT PURGE;/,
    );
    for (const wrong of [
      ['script', 'owner', '--answers-in-database', 'maybe'],
      ['script', 'answers-on', '--country', 'China'],
      ['script', 'owner', '--log-partitions', 'yes'],
      ['script', 'all'],
      ['script', 'accounts'],
      ['script', 'accounts', '--account', 'A:NONE'],
      ['uninstall', '--owner', 'a b'],
    ])
      expect((await runCli(['oracle', ...wrong])).code).toBe(2);
  });
});
