import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiverConfig } from '../../../services/archiver/config';
import { relayConfig } from '../../../services/exchange-relay/config';
import { simulatorConfig } from '../../../services/gateway-simulator/config';
import { producerConfig } from '../../../services/producer/config';
import { collectorConfig } from '../../../services/report-collector/config';
import { loadConfig } from '../../../shared/config/define-config';
import { findMisspelt } from '../../../shared/config/misspelt-variables';

const URL = 'postgres://sms_relay:secret@db:5432/sms';
const problemsOf = (load: () => unknown): string => {
  try {
    load();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const relay = (env: Record<string, string>) => problemsOf(() => loadConfig(relayConfig, { DATABASE_URL: URL, ...env }));

const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('DATABASE_URL', () => {
  it.each([
    ['foo', 'must be postgres://'],
    ['mysql://u:p@db:3306/sms', 'must be postgres://'],
    ['postgres://u:pa/ss@db/sms', '/ as %2F'],
    ['postgres://u:pa@ss/word@db/sms', '@ as %40'],
    ['postgres://u:pa?ss@db/sms', '\\? as %3F'],
    ['postgres://u:pa#ss@db/sms', '# as %23'],
    ['postgres://u:100%@db/sms', '% as %25|write it as %25'],
    ['postgres://u:p@db:nine/sms', 'is no address'],
    ['postgres://u:p@/sms', 'is no address'],
    ['postgres:///sms', 'names no host'],
    ['oracle://u:pa/ss@db:1521/sms', '/ as %2F'],
  ])('%s is refused, without being quoted', (url, text) => {
    const message = relay({ DATABASE_URL: url });
    expect(message).toMatch(new RegExp(`^exchange-relay: .*1 problem.*\n  DATABASE_URL: .*(${text})`));
    expect(message).not.toContain(url);
  });

  it.each([
    'postgres://u@db/sms',
    'postgresql://u:p%2F%40@db:5432/sms?application_name=a@b',
    'postgres://u:p@[::1]:5432/sms',
    'postgres:///sms?host=/run/postgresql',
    'oracle://u:p@db:1521/SMS?connect_timeout=5',
    'oracle://u@-',
  ])('%s is accepted', (url) => {
    expect(relay({ DATABASE_URL: url })).toBe('');
  });
});

describe('KAFKA_BROKERS', () => {
  it.each(['kafka1', 'kafka1:NaN', 'kafka1:0', 'kafka1:70000', 'kafka://kafka1:9092', 'kafka1:9092,kafka2'])(
    '%s is refused',
    (brokers) => {
      expect(relay({ KAFKA_BROKERS: brokers })).toMatch(
        /KAFKA_BROKERS: must be host:port, usually port 9092; \S+ is not/,
      );
    },
  );
});

describe('an address that is quoted', () => {
  it.each([
    { SCHEMA_REGISTRY_URL: 'htps://me:s3/cret@reg:8081' },
    { KAFKA_BROKERS: 'me:s3cret@kafka1:9092' },
    { KAFKA_BROKERS: 'kafka1:9092,kafka://me:s3cret@kafka2' },
  ])('shows no login: %j', (env) => {
    const message = relay(env);
    expect(message).toMatch(/has 1 problem.*…@/s);
    expect(message).not.toMatch(/cret|me:/);
  });
});

describe('the whole configuration', () => {
  it('reports variables, files and conditions on several variables at once', () => {
    const broken = join(directory, 'broken.json');
    writeFileSync(broken, '{"tables":');
    const message = relay({
      DATABASE_URL: 'foo',
      KAFKA_BROKERS: 'kafka1',
      KAFKA_TLS_CA_FILE: '/none.pem',
      KAFKA_SASL_USERNAME: 'relay',
      EXCHANGE_FILE: broken,
      EXCHANGE_HIGH_ROWS: '1000',
      SCHEMA_REGISTRY_URL: 'registry:8081',
      RELAY_SLOT: '4',
    });
    expect(message).toContain('has 7 problem(s)');
    for (const line of [
      / {2}DATABASE_URL: must be/,
      / {2}KAFKA_BROKERS: must be/,
      / {2}SCHEMA_REGISTRY_URL: must be http/,
      / {2}KAFKA_TLS: is not true/,
      / {2}KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD: is set/,
      new RegExp(`  EXCHANGE_FILE: ${broken}: `),
      / {2}EXCHANGE_LOW_ROWS: is 50000, but must be less than EXCHANGE_HIGH_ROWS, which is 1000; set both/,
      / {2}RELAY_SLOT: is not read; did you mean RELAY_SLOTS\?/,
    ])
      expect(message).toMatch(line);
  });

  it('reads the files that every service needs before it starts', () => {
    const none = join(directory, 'none');
    const env = { DATABASE_URL: URL, EXCHANGE_FILE: none };
    for (const definition of [relayConfig, producerConfig, collectorConfig, archiverConfig, simulatorConfig])
      expect(problemsOf(() => loadConfig(definition as typeof relayConfig, env))).toMatch(/EXCHANGE_FILE: .*ENOENT/);
    const night = { DATABASE_URL: URL, ARCHIVE_CRON: '61 1 * * *' };
    expect(problemsOf(() => loadConfig(archiverConfig, night))).toMatch(/ {2}ARCHIVE_CRON or ARCHIVE_TIME_ZONE: "61 1/);
    const tls = { DATABASE_URL: URL, HTTP_TLS_CERT_FILE: none, HTTP_TLS_KEY_FILE: none };
    expect(problemsOf(() => loadConfig(producerConfig, tls))).toMatch(/HTTP_TLS_CERT_FILE: cannot read/);
  });
});

describe('a misspelt variable', () => {
  const definitions = [relayConfig, producerConfig, collectorConfig, archiverConfig, simulatorConfig];

  it.each([
    ['RELAY_SLOT', 'RELAY_SLOTS'],
    ['KAKFA_BROKERS', 'KAFKA_BROKERS'],
    ['DATABASE_PASWORD_FILE', 'DATABASE_PASSWORD_FILE'],
    ['HEALTHPORT', 'HEALTH_PORT'],
  ])('%s is reported with %s', (name, meant) => {
    expect(findMisspelt(relayConfig.variables, { [name]: 'x' })).toEqual([
      `${name}: is not read; did you mean ${meant}?`,
    ]);
  });

  it('is none that the system, Kubernetes or another service reads', () => {
    const others = definitions.flatMap(({ variables }) => Object.keys(variables));
    const system = ['PATH', 'HOSTNAME', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'KAFKA_PORT', 'PRODUCER_SERVICE_PORT'];
    const env = Object.fromEntries([...others, ...system, 'CRASH_AT', 'NODE_ENV'].map((name) => [name, 'x']));
    for (const { variables } of definitions) expect(findMisspelt(variables, env)).toEqual([]);
  });
});
