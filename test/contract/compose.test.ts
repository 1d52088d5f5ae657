import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { loadConfig, type Variables } from '../../shared/config/define-config';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { type ComposeService, loadComposeFile, loadEnvFile, root } from './compose-file';

const compose = loadComposeFile();
const ORACLE_ENV = loadEnvFile(join(root, 'deploy/oracle/oracle.env'));
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const processes = ours.filter(([, { command }]) => command?.[0]?.startsWith('dist/services/'));

const definitionOf = (service: string) => {
  const module = require(join(root, 'services', service, 'config')) as Record<string, unknown>;
  const found = Object.values(module).find(
    (value): value is { readonly service: string; readonly about: string; readonly variables: Variables } =>
      (value as { service?: string })?.service !== undefined,
  );
  if (found === undefined) throw new Error(`services/${service}/config.ts declares nothing`);
  return found;
};

/**
 * The official schema of the Compose specification (Apache-2.0), from the copy that dclint ships.
 */
const createValidator = () => {
  const schema = JSON.parse(readFileSync(join(root, 'node_modules/dclint/schemas/compose.schema.json'), 'utf8'));
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats(ajv);
  // ajv knows the draft by its name without `#`
  return ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });
};

describe('docker-compose.yml', () => {
  const validate = createValidator();

  it('follows the Compose specification', () => {
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
  });

  it('is rejected by the schema when a key is misspelt', () => {
    const wrong = { ...compose, services: { ...compose.services, kafka: { image: 'kafka', restarts: 'always' } } };
    expect(validate(wrong)).toBe(false);
    expect(JSON.stringify(validate.errors)).toContain('restarts');
  });

  it('has every service of the bridge, a simulator, and Kafka and the database by profile', () => {
    const declared = readdirSync(join(root, 'services')).filter((name) =>
      existsSync(join(root, 'services', name, 'config.ts')),
    );
    expect(processes.map(([name]) => name).sort()).toEqual(declared.sort());
    const profiles = Object.fromEntries(services.map(([name, { profiles }]) => [name, profiles ?? []]));
    expect(profiles).toMatchObject({
      'gateway-simulator': ['simulator'],
      postgres: ['postgres'],
      oracle: ['oracle'],
      'oracle-install': ['oracle'],
      kafka: [],
    });
  });

  it.each(ours)('%s runs a program that exists', (_name, { command }) => {
    const source = command?.[0]?.replace(/^dist\//, '').replace(/\.js$/, '.ts') ?? '';
    expect(existsSync(join(root, source))).toBe(true);
  });

  describe.each([
    ...processes.map(([name, service]) => ['on PostgreSQL', name, service] as const),
    ...processes.map(([name]) => ['on Oracle', name, loadComposeFile(ORACLE_ENV).services[name]!] as const),
  ])('%s: %s', (_where, name, service) => {
    const definition = definitionOf(name);
    const { TZ, ...environment } = service.environment ?? {};

    it('is given only variables that it declares, and UTC', () => {
      expect(TZ).toBe('UTC');
      const known = Object.entries(definition.variables).flatMap(([variable, { secret }]) =>
        secret ? [variable, `${variable}_FILE`] : [variable],
      );
      expect(Object.keys(environment).filter((variable) => !known.includes(variable))).toEqual([]);
    });

    it('gets a configuration that is valid and complete', () => {
      const directory = mkdtempSync(join(tmpdir(), 'compose-'));
      for (const secret of service.secrets ?? []) writeFileSync(join(directory, secret), `secret of ${secret}\n`);
      const env = Object.fromEntries(
        Object.entries(environment).map(([variable, value]) => [
          variable,
          String(value).replace('/run/secrets', directory),
        ]),
      );
      const config = loadConfig(definition, env) as Readonly<Record<string, unknown>>;
      rmSync(directory, { recursive: true });
      expect(config.DATABASE_PASSWORD).toBe(`secret of ${service.secrets?.[0]}`);
      expect(service.expose).toEqual([String(config.HEALTH_PORT)]);
      expect(JSON.stringify(service.healthcheck)).toContain(`:${config.HEALTH_PORT}/health/ready`);
    });

    it('can run several times: no fixed name, no fixed host port, one INSTANCE_ID each', () => {
      expect(service).not.toHaveProperty('container_name');
      expect(service).not.toHaveProperty('hostname');
      expect(environment).not.toHaveProperty('INSTANCE_ID');
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+-\d+:\d+$/);
    });

    it('waits for tables and topics, and restarts when it exits', () => {
      expect(service.depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
        topics: { condition: 'service_completed_successfully' },
      });
      expect(service.restart).toBe('unless-stopped');
    });
  });

  describe('on Oracle', () => {
    const { services: onOracle } = loadComposeFile(ORACLE_ENV);

    it('changes only variables that the file has, and points every database address at the Oracle container', () => {
      const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
      const { COMPOSE_PROFILES, ...variables } = ORACLE_ENV;
      expect(COMPOSE_PROFILES).toBe('oracle');
      expect(Object.keys(variables).filter((name) => !text.includes(`\${${name}:-`))).toEqual([]);
      const urls = Object.values(onOracle).flatMap(({ environment }) => environment?.DATABASE_URL ?? []);
      expect(urls).toHaveLength(7);
      const { ORACLE_DATABASE } = onOracle.oracle?.environment ?? {};
      for (const url of urls)
        expect(String(url)).toMatch(new RegExp(`^oracle://[A-Z]+@oracle:1521/${ORACLE_DATABASE}$`));
    });

    it('installs after the server is up and before the first service that needs it', () => {
      expect(onOracle['oracle-install']).toMatchObject({
        restart: 'no',
        depends_on: { oracle: { condition: 'service_healthy' } },
      });
      expect(onOracle.migrate).toMatchObject({
        depends_on: { 'oracle-install': { condition: 'service_completed_successfully', required: false } },
        environment: { ORACLE_TABLESPACES: 'off' },
      });
      expect(onOracle['oracle-install']?.command).toContain('--tablespaces=off');
    });
  });

  it.each(services)('%s cannot take all of the host, and has no privileges that it does not need', (name, service) => {
    expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    // the image of PostgreSQL begins as root
    const added = name === 'postgres' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] : [];
    expect(service.cap_add ?? []).toEqual(added);
    expect(service.mem_limit).toMatch(/^[1-4]g$/);
    expect(service.cpus).toBe(2);
    expect(service.pids_limit).toBeGreaterThanOrEqual(256);
  });

  it('lets databases reach nothing outside, and the simulator not Kafka', () => {
    expect(compose.networks.database).toEqual({ internal: true });
    for (const name of ['postgres', 'oracle', 'oracle-install'])
      expect([name, compose.services[name]?.networks]).toEqual([name, ['database']]);
    expect(compose.services.kafka?.networks).toEqual(['kafka']);
    expect(compose.services['gateway-simulator']?.networks).toEqual(['database', 'province']);
    for (const [name, { networks }] of services) {
      expect([name, networks?.length]).not.toEqual([name, 0]);
      for (const network of networks ?? ['default']) expect(compose.networks).toHaveProperty(network);
    }
  });

  it('opens no port of the host to other machines', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('names only secrets, configs, volumes and services that are declared', () => {
    const missing = services.flatMap(([name, service]) =>
      referencesOf(service)
        .filter(([kind, reference]) => compose[kind][reference] === undefined)
        .map(([kind, reference]) => `${name}: ${kind} ${reference}`),
    );
    expect(missing).toEqual([]);
  });

  it('waits for health only of services that have a health check', () => {
    const waits = services.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {}));
    const healthy = waits.filter(([, { condition }]) => condition === 'service_healthy').map(([name]) => name);
    expect(healthy.length).toBeGreaterThan(0);
    for (const name of healthy) expect(compose.services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
  });

  it('does not depend on a service of another profile', () => {
    for (const [, { depends_on, profiles }] of services) {
      for (const [name, { required }] of Object.entries(depends_on ?? {})) {
        const profile = compose.services[name]?.profiles ?? [];
        if (profile.length > 0 && !profiles?.some((one) => profile.includes(one)))
          expect([name, required]).toEqual([name, false]);
      }
    }
  });

  it('holds no password, and takes none from the repository', () => {
    for (const [name, service] of services) {
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        if (/PASSWORD|SECRET|_KEY$/.test(variable))
          expect([name, variable]).toEqual([name, expect.stringMatching(/_FILE$/)]);
        if (URL.canParse(String(value))) expect(new URL(String(value)).password).toBe('');
      }
    }
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\/\w+$/);
    expect(readFileSync(join(root, '.gitignore'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['secrets/', '.env', 'settings.env']),
    );
  });

  it('mounts only files of the repository, and a valid exchange file', () => {
    for (const { file } of Object.values(compose.configs)) expect(existsSync(join(root, file))).toBe(true);
    expect(loadExchangeMapping(join(root, compose.configs.exchange?.file ?? ''))).toEqual(loadExchangeMapping());
  });

  it('runs the Kafka version that the tests run against', () => {
    const jars = readFileSync(join(root, 'scripts/servers/kafka-jars.mjs'), 'utf8');
    const version = /KAFKA_VERSION = '([\d.]+)'/.exec(jars)?.[1];
    expect(compose.services.kafka?.image).toBe(`apache/kafka:${version}`);
  });
});

const referencesOf = (
  service: ComposeService,
): readonly (readonly ['secrets' | 'configs' | 'volumes' | 'services', string])[] => [
  ...(service.secrets ?? []).map((name) => ['secrets', name] as const),
  ...(service.configs ?? []).map(({ source }) => ['configs', source] as const),
  ...(service.volumes ?? []).map((volume) => ['volumes', volume.split(':')[0]!] as const),
  ...Object.keys(service.depends_on ?? {}).map((name) => ['services', name] as const),
  ...Object.values(service.environment ?? {})
    .map((value) => /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1])
    .filter((name) => name !== undefined)
    .map((name) => ['secrets', service.secrets?.includes(name) ? name : `${name} (not given to it)`] as const),
];
