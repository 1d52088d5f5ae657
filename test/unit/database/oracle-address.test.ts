import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSettings } from '../../../shared/database/database';
import { toOracleLogin } from '../../../shared/database/oracle/open-oracle';
import { toOracleAddress } from '../../../shared/database/oracle/oracle-address';

const settings = (change: Partial<DatabaseSettings>): DatabaseSettings => ({
  url: 'oracle://RELAY:secret@db.example:1521/SMS',
  applicationName: 'test',
  poolMax: 3,
  statementTimeoutMs: 1000,
  ...change,
});
const address = (change: Partial<DatabaseSettings>) => toOracleAddress(settings(change));
const at = (rest: string): Partial<DatabaseSettings> => ({ url: `oracle://RELAY:secret@${rest}` });
const descriptor = (protocol: string, more = '') =>
  `(DESCRIPTION=(ADDRESS=(PROTOCOL=${protocol})(HOST=db.example)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=SMS)${more}))`;

const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-tns-'));
writeFileSync(
  join(directory, 'tnsnames.ora'),
  `# of the whole house
BILLING = (DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=other)(PORT=1))(CONNECT_DATA=(SERVICE_NAME=B)))
SMS, SMS.EXAMPLE =
  (DESCRIPTION =
    # the first of two
    (ADDRESS = (PROTOCOL = TCPS)(HOST = db.example)(PORT = 2484))
    (CONNECT_DATA = (SERVER = POOLED)(SERVICE_NAME = SMS))
)
EASY = db.example:1521/SMS
`,
);
afterAll(() => rmSync(directory, { recursive: true }));

describe('the address of an Oracle database', () => {
  it.each<[Partial<DatabaseSettings>, string]>([
    [{}, 'db.example:1521/SMS'],
    [at('db.example:1521/SMS?connect_timeout=3'), 'db.example:1521/SMS?connect_timeout=3'],
    [{ oracleConnectString: 'other:1/S' }, 'other:1/S'],
    [{ ...at('-'), oracleConnectString: descriptor('TCP') }, descriptor('TCP')],
    [{ tls: {} }, 'tcps://db.example:1521/SMS'],
    [{ tls: {}, oracleConnectString: '//other:1/S' }, 'tcps://other:1/S'],
    [{ tls: {}, oracleConnectString: 'tcps://other:1/S' }, 'tcps://other:1/S'],
    [{ tls: {}, ...at('h:1/S?ssl_server_cert_dn="CN=db, O=ours"') }, 'tcps://h:1/S?ssl_server_cert_dn="CN=db, O=ours"'],
    [{ tls: {}, oracleConnectString: descriptor('tcps') }, descriptor('tcps')],
    [{ ...at('easy'), oracleConfigDir: directory }, 'db.example:1521/SMS'],
    [{ ...at('easy'), oracleConfigDir: directory, tls: {} }, 'tcps://db.example:1521/SMS'],
    [
      { ...at('billing'), oracleConfigDir: directory },
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=other)(PORT=1))(CONNECT_DATA=(SERVICE_NAME=B)))',
    ],
  ])('parses %j', (change, connectString) => expect(address(change)).toEqual({ connectString }));

  it.each<[Partial<DatabaseSettings>, string, string]>([
    [at('h:1/S?server=pooled'), 'h:1/S:pooled', 'SMS_BRIDGE'],
    [at('h:1/S:pooled'), 'h:1/S:pooled', 'SMS_BRIDGE'],
    [
      at('h:1/S?server=POOLED&pool_connection_class=NIGHT&sdu=8192'),
      'h:1/S:pooled?pool_connection_class=NIGHT&sdu=8192',
      'NIGHT',
    ],
    [
      { ...at('sms.example'), oracleConfigDir: directory, tls: {} },
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCPS)(HOST=db.example)(PORT=2484))(CONNECT_DATA=(SERVER=POOLED)(SERVICE_NAME=SMS)))',
      'SMS_BRIDGE',
    ],
  ])('recognises resident pooling in %j', (change, connectString, connectionClass) =>
    expect(address(change)).toEqual({ connectString, connectionClass }),
  );

  it.each<[string, Partial<DatabaseSettings>, RegExp]>([
    ['no URL', { url: 'oracle' }, /^DATABASE_URL must be oracle:/],
    ['an alias without TNS_ADMIN', at('SMS'), /SMS has neither port nor service.*TNS_ADMIN/],
    ['no tnsnames.ora', { ...at('SMS'), oracleConfigDir: '/no/such' }, /^TNS_ADMIN: cannot read .*tnsnames\.ora/],
    ['an unknown alias', { ...at('NOWHERE'), oracleConfigDir: directory }, /^TNS_ADMIN: .* has no entry NOWHERE/],
    ['an alias without TLS', { ...at('BILLING'), oracleConfigDir: directory, tls: {} }, /without PROTOCOL=TCPS/],
    ['a descriptor without TLS', { oracleConnectString: descriptor('TCP'), tls: {} }, /without PROTOCOL=TCPS/],
    ['tcp://', { oracleConnectString: 'tcp://h:1/S', tls: {} }, /^DATABASE_TLS: is true, but .*tcp:/],
    ['no check of the name', { ...at('h:1/S?ssl_server_dn_match=off'), tls: {} }, /^DATABASE_TLS: .*DN_MATCH/],
    [
      'no check of the name in a descriptor',
      { oracleConnectString: descriptor('TCPS', '(SECURITY=(SSL_SERVER_DN_MATCH=NO))'), tls: {} },
      /SSL_SERVER_DN_MATCH/,
    ],
  ])('is refused: %s', (_, change, message) => {
    expect(() => address(change)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => address(change)).toThrow(message);
    expect(() => address(change)).not.toThrow(/secret/);
  });

  it('is combined with an account, which may be a proxy', () => {
    expect(toOracleLogin(settings({ url: 'oracle://RELAY[YJSMS]:p%40ss@h:1/S' }))).toEqual({
      user: 'RELAY[YJSMS]',
      password: 'p@ss',
      connectString: 'h:1/S',
    });
    expect(toOracleLogin(settings({ url: 'oracle://RELAY@h:1/S', password: 'other' }))).toMatchObject({
      password: 'other',
    });
  });
});
