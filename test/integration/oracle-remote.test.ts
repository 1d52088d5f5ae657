import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createEmptyDatabase } from '../support/empty-database';
import { createOracleDatabase } from '../support/oracle-database';
import { leaveServer, NEEDED, prepareServer } from '../support/oracle-remote/prepare-server';
import { findOurs, openRemote } from '../support/oracle-remote/remote-oracle';
import type { TestDatabase } from '../support/test-database';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

/**
 * Runs what `npm run test:oracle` does on an external server, against a stand-in that plays one: a
 * process of which only the address is known.
 */
describe('tests on an external Oracle', () => {
  let behind: TestDatabase;
  let server: SpawnedOracleServer;
  let url: string;
  const as = (user: string): string => `oracle://${user}:secret@${server.connectString}`;
  const ours = async () => {
    const dba = openRemote(url);
    const found = await findOurs(dba);
    await dba.close();
    return [...found.users, ...found.roles];
  };

  beforeAll(async () => {
    behind = await createEmptyDatabase();
    server = await spawnOracleServer({
      postgresUrl: behind.url,
      users: {
        BOSS: { password: 'secret', privileges: ['DBA', ...Object.keys(NEEDED)] },
        TRAINEE: { password: 'secret', privileges: ['CREATE SESSION', 'CREATE USER'] },
      },
    });
    url = as('BOSS');
    process.env.ORACLE_TEST_URL = url;
  });
  afterAll(async () => {
    delete process.env.ORACLE_TEST_URL;
    await server?.close();
    await behind.drop();
  });

  it('do not begin without the rights that they need, and name the missing ones', async () => {
    const { ready, lines } = await prepareServer(as('TRAINEE'));
    expect(ready).toBe(false);
    expect(lines.join('\n')).toMatch(/GRANT DROP USER TO .*to remove them again/);
    expect(lines.join('\n')).not.toContain('GRANT CREATE USER');
  });

  it('do not begin where the bridge is installed', async () => {
    const dba = openRemote(url);
    await dba.oracle.execute('CREATE ROLE SMS_RELAY');
    const { ready, lines } = await prepareServer(url);
    expect([ready, lines.at(-1)]).toEqual([
      false,
      expect.stringMatching(/^the roles SMS_RELAY exist: the bridge is installed/),
    ]);
    await dba.oracle.execute('DROP ROLE SMS_RELAY');
    await dba.close();
  });

  it('create a database with logins, and remove all of it', async () => {
    expect(await prepareServer(url)).toEqual({ ready: true, lines: [expect.stringContaining('stand-in for tests')] });
    const database = await createOracleDatabase(loadExchangeMapping());
    const relay = await database.login('sms_relay');
    expect([database.oracle, relay.username]).toEqual([undefined, 'SMSTEST_RELAY_1']);
    await relay.run(
      'INSERT INTO relay_offset (group_id, topic, partition_no, next_offset, updated_at) VALUES ($1, $1, 0, 7, $2)',
      ['g', new Date(0)],
    );
    expect(await database.run('SELECT next_offset FROM relay_offset')).toEqual([{ next_offset: '7' }]);
    await expect(relay.run('DELETE FROM relay_offset')).rejects.toMatchObject({ code: 'DB_DENIED' });
    expect(await database.lockWaiters()).toBe(0);
    await database.empty();
    expect(await database.run('SELECT next_offset FROM relay_offset')).toEqual([]);
    expect(await ours()).toEqual(
      expect.arrayContaining(['SMSTEST_OWNER', 'SMSTEST_RELAY_1', 'SMSTEST_RUN', 'SMS_RELAY']),
    );
    await database.drop();
    expect(await ours()).toEqual(['SMSTEST_RUN']);
    expect(await leaveServer(url)).toEqual([]);
    expect(await ours()).toEqual([]);
  });

  it('remove the remains of a killed run, and nothing else', async () => {
    const dba = openRemote(url);
    await dba.oracle.execute('CREATE USER SMSTESTER IDENTIFIED BY "secret"');
    await prepareServer(url);
    const database = await createOracleDatabase(loadExchangeMapping());
    const night = await database.login('sms_archiver', 'night');
    // its sessions end only with a process
    for (const db of [night.db, database.db, database.dba]) await db?.close();
    const { ready, lines } = await prepareServer(url);
    expect([ready, lines.at(-1)]).toEqual([
      true,
      expect.stringMatching(/^remains of .*SMSTEST_NIGHT, SMSTEST_OWNER, SMS_/),
    ]);
    expect(await ours()).toEqual(['SMSTEST_RUN']);
    expect(await leaveServer(url)).toEqual([]);
    const { rows } = await dba.oracle.execute(`SELECT USERNAME FROM DBA_USERS WHERE USERNAME LIKE 'SMSTEST%'`);
    expect(rows).toEqual([{ username: 'SMSTESTER' }]);
    await dba.close();
  });
});
