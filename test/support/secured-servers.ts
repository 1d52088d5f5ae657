import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './certificates';
import { freePort, startOwnServer } from './own-server';
import { setScramPassword } from './scram-users';
import { openTcpProxy } from './tcp-proxy';

const HOST = '127.0.0.1';

/**
 * Creates files in one directory: an authority, certificates that it signed, and one of an unknown
 * authority.
 */
export const createSecrets = () => {
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-secured-'));
  const authority = createAuthority('house authority');
  const stranger = createAuthority('another authority');
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    directory,
    authority,
    stranger,
    /** Writes a file and returns its path. */
    file,
    ca: file('ca.crt', authority.cert),
    otherCa: file('other-ca.crt', stranger.cert),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

export type Secrets = ReturnType<typeof createSecrets>;

const LISTENERS = ['scram', 'mtls', 'misnamed', 'expired'] as const;
type Listener = (typeof LISTENERS)[number];

/**
 * Starts a Kafka with one listener for each kind of security: `scram` (TLS, SCRAM-SHA-512; through
 * a proxy, so that connections can be broken), `mtls` (TLS, a client certificate of the authority),
 * `misnamed` and `expired` (TLS, invalid certificates), and `plain` for the test.
 */
export const startSecuredKafka = async (secrets: Secrets) => {
  const { authority, file, directory } = secrets;
  const ports = Object.fromEntries(
    await Promise.all(LISTENERS.map(async (name) => [name, await freePort()] as const)),
  ) as Record<Listener, number>;
  const proxy = await openTcpProxy({ host: HOST, port: ports.scram });
  const advertised = { ...ports, scram: proxy.port };
  const certificates = {
    scram: authority.issue({ name: 'kafka', host: HOST }),
    mtls: authority.issue({ name: 'kafka', host: HOST }),
    misnamed: authority.issue({ name: 'kafka', host: 'kafka.example' }),
    expired: authority.issue({ name: 'kafka', host: HOST, expired: true }),
  };
  const list = (of: Readonly<Record<Listener, number>>): string =>
    [
      'PLAINTEXT://127.0.0.1:{port}',
      'CONTROLLER://127.0.0.1:{controllerPort}',
      ...LISTENERS.map((name) => `${name.toUpperCase()}://${HOST}:${of[name]}`),
    ].join(',');
  const lines = [
    `listeners=${list(ports)}`,
    `advertised.listeners=${list(advertised)}`,
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SCRAM:SASL_SSL,MTLS:SSL,MISNAMED:SSL,EXPIRED:SSL',
    ...LISTENERS.flatMap((name) => [
      `listener.name.${name}.ssl.keystore.type=PEM`,
      `listener.name.${name}.ssl.keystore.location=${file(`kafka-${name}.pem`, certificates[name].key + certificates[name].cert)}`,
    ]),
    'listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN',
    'listener.name.scram.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_relay="right";',
    'listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.mtls.ssl.client.auth=required',
    'listener.name.mtls.ssl.truststore.type=PEM',
    `listener.name.mtls.ssl.truststore.location=${secrets.ca}`,
  ];
  const properties = file('kafka.properties', `${lines.join('\n')}\n`);
  const server = await startOwnServer('kafka', [
    '--directory',
    join(directory, 'kafka-home'),
    '--properties',
    properties,
  ]);
  const at = (port: number): string => `${HOST}:${port}`;
  return {
    plain: server.line,
    scram: at(proxy.port),
    mtls: at(ports.mtls),
    misnamed: at(ports.misnamed),
    expired: at(ports.expired),
    setPassword: (username: string, password: string) => setScramPassword(server.line, username, password),
    /** Breaks every connection of the scram listener. */
    breakConnections: () => {
      proxy.set('cut');
      proxy.set('pass');
    },
    stop: async () => {
      await proxy.close();
      await server.stop();
    },
  };
};

/** Authentication by host and user; the first matching line decides. */
const HBA = `hostssl all certified 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
hostssl all all 127.0.0.1/32 scram-sha-256
`;

/**
 * Starts a PostgreSQL that accepts only TLS; the account `certified` also needs a client
 * certificate.
 */
export const startSecuredPostgres = async (secrets: Secrets) => {
  const { authority, directory } = secrets;
  const tls = join(directory, 'postgres-tls');
  const { key, cert } = authority.issue({ name: 'postgres', host: HOST });
  mkdirSync(tls);
  for (const [name, text] of Object.entries({
    'server.key': key,
    'server.crt': cert,
    'ca.crt': authority.cert,
    'pg_hba.conf': HBA,
  })) {
    writeFileSync(join(tls, name), text);
  }
  const home = mkdtempSync(join(tmpdir(), 'sms-bridge-postgres-'));
  const server = await startOwnServer('postgres', ['--directory', home, '--tls', tls]);
  return {
    url: server.line,
    /**
     * Installs another certificate, which new connections get after a reload of the configuration.
     */
    install: (certificate: { readonly key: string; readonly cert: string }): void => {
      writeFileSync(join(home, 'data', 'server.key'), certificate.key);
      writeFileSync(join(home, 'data', 'server.crt'), certificate.cert);
    },
    stop: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
};
