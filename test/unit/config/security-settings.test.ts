import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseVariables, toDatabaseSettings } from '../../../shared/config/database-variables';
import { defineConfig, loadConfig } from '../../../shared/config/define-config';
import { kafkaVariables, toKafkaSettings } from '../../../shared/config/kafka-variables';
import { createAuthority } from '../../support/certificates';

const kafka = (env: Record<string, string>) =>
  toKafkaSettings(loadConfig(defineConfig('test', 'test', kafkaVariables), env), 'test');
const database = (env: Record<string, string>) =>
  toDatabaseSettings(
    loadConfig(defineConfig('test', 'test', databaseVariables), { DATABASE_URL: 'postgres://u@h/d', ...env }),
    'test',
  );

const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-pem-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const authority = createAuthority('house');
const [one, other] = [authority.issue({ name: 'one' }), authority.issue({ name: 'other' })];
const ca = file('ca', authority.cert);
const cert = file('cert', one.cert);
const key = file('key', one.key);

describe.each([
  ['KAFKA_TLS', kafka],
  ['DATABASE_TLS', database],
])('%s', (prefix, settings) => {
  const env = (values: Record<string, string>) =>
    settings(Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value])));

  it.each([
    [{ _CA_FILE: '/ca.pem' }, /_TLS: is not true.*set \w+_TLS=true/],
    [{ _CERT_FILE: '/cert.pem', _KEY_FILE: '/key.pem' }, /_TLS=true/],
    [{ '': 'true', _CERT_FILE: '/cert.pem' }, /_TLS_CERT_FILE and \w+_TLS_KEY_FILE: set both/],
    [{ '': 'true', _CA_FILE: '/no/such.pem' }, /_TLS_CA_FILE: cannot read it: .*ENOENT/],
    [{ '': 'true', _CA_FILE: file('empty', '') }, /_TLS_CA_FILE: \S+ holds no certificate/],
    [{ '': 'true', _CA_FILE: key }, /_TLS_CA_FILE: \S+ holds no certificate/],
    [
      { '': 'true', _CA_FILE: file('cut', authority.cert.replace(/.{64}\n/, '')) },
      /_TLS_CA_FILE: certificate 1 in \S+ cannot be read/,
    ],
    [{ '': 'true', _CERT_FILE: cert, _KEY_FILE: cert }, /_TLS_KEY_FILE: \S+ holds no private key/],
    [{ '': 'true', _CERT_FILE: cert, _KEY_FILE: file('other', other.key) }, /_TLS_KEY_FILE: \S+ is not the key of/],
    [
      {
        '': 'true',
        _CERT_FILE: cert,
        _KEY_FILE: file('locked', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH\n-----END ENCRYPTED PRIVATE KEY-----\n'),
      },
      /_TLS_KEY_FILE: the key in \S+ is encrypted; store it without/,
    ],
  ])('refuse %j', (values, message) => {
    expect(() => env(values)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => env(values)).toThrow(message);
  });

  it('are passed on when they are complete', () => {
    const files = { '': 'true', _CA_FILE: ca, _CERT_FILE: cert, _KEY_FILE: key };
    expect(env(files).tls).toEqual({ ca: authority.cert, ...one });
    expect(env({ '': 'true' }).tls).toEqual({});
    expect(env({})).not.toHaveProperty('tls');
  });
});

describe('the login to Kafka', () => {
  it.each([
    [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' }, /set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/],
    [{ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'secret' }, /set KAFKA_SASL_MECHANISM too/],
  ])('refuses %j', (env, message) => expect(() => kafka(env)).toThrow(message));

  it('is passed on when it is complete, with a password from a file too', () => {
    const login = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'me' };
    const sasl = { mechanism: 'scram-sha-512', username: 'me', password: 's' };
    expect(kafka({ ...login, KAFKA_SASL_PASSWORD: 's' })).toMatchObject({ sasl });
    expect(kafka({ ...login, KAFKA_SASL_PASSWORD_FILE: file('password', 's\n') })).toMatchObject({ sasl });
  });
});

it.each(['sslmode=disable', 'application_name=x&sslmode=no-verify', 'ssl=0', 'sslrootcert=/ca'])(
  'DATABASE_URL cannot overrule DATABASE_TLS by %s',
  (parameters) => {
    expect(() => database({ DATABASE_TLS: 'true', DATABASE_URL: `postgres://u:secret@h/d?${parameters}` })).toThrow(
      /^DATABASE_URL: holds ssl\w*; .*DATABASE_TLS/,
    );
  },
);
