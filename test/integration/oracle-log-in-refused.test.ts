import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { createEmptyDatabase } from '../support/empty-database';
import { runCli } from '../support/run-cli';
import { startService } from '../support/service-process';
import type { TestDatabase } from '../support/test-database';
import { onStandIn } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';

onStandIn('a server that refuses thin clients', () => {
  let behind: TestDatabase;
  let oracle: SpawnedOracleServer | undefined;
  beforeAll(async () => {
    behind = await createEmptyDatabase();
  });
  afterEach(() => oracle?.close());
  afterAll(() => behind.drop());

  it.each([
    [
      'native encryption is required',
      { options: { encryption: 'required' as const }, users: { RELAY: 'secret' } },
      ['NJS-533', 'SQLNET.ENCRYPTION_SERVER', 'REQUESTED', 'TCPS'],
    ],
    [
      'it is an 11g',
      { options: { release: '11.2' as const }, users: { RELAY: 'secret' } },
      ['NJS-138', '19c or later'],
    ],
    [
      'the password has only the 10g verifier',
      { users: { RELAY: { password: 'secret', verifier: '10G' as const } } },
      ['NJS-116', 'PASSWORD_VERSIONS', 'SQLNET.ALLOWED_LOGON_VERSION_SERVER', 'ALTER USER'],
    ],
  ])("makes service and doctor name the DBA's remedy: %s", async (_what, options, words) => {
    oracle = await spawnOracleServer({ postgresUrl: behind.url, ...options });
    const url = `oracle://RELAY:secret@${oracle.connectString}`;
    const { code, stdout, stderr } = await runCli(['doctor', '--database', url, '--kafka', 'localhost:1'], {
      env: { TZ: 'UTC' },
    });
    expect(code).not.toBe(0);
    for (const word of words) expect(stdout + stderr).toContain(word);

    const relay = startService('exchange-relay', { DATABASE_URL: url, KAFKA_BROKERS: testBrokers(), TZ: 'UTC' });
    expect(await relay.exit).toBe(1);
    for (const word of words) expect(JSON.stringify(relay.log)).toContain(word);
  });
});
