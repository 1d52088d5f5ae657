import { openDatabase } from '../../shared/database/open-database';
import { createEmptyDatabase } from '../support/empty-database';
import { runCli } from '../support/run-cli';
import { startService } from '../support/service-process';
import type { TestDatabase } from '../support/test-database';
import { testBrokers } from '../support/test-kafka';

describe.each(['EUC_CN', 'LATIN1', 'SQL_ASCII'])('a PostgreSQL database in %s', (encoding) => {
  let admin: TestDatabase;
  let url: string;
  const name = `in_${encoding.toLowerCase()}_${process.pid}`;
  beforeAll(async () => {
    admin = await createEmptyDatabase();
    await admin.run(`CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    url = Object.assign(new URL(admin.url), { pathname: `/${name}` }).href;
  });
  afterAll(async () => {
    await admin.run(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.drop();
  });

  it('is refused by services and commands, with the remedy', async () => {
    const db = openDatabase({ url, applicationName: 'test', poolMax: 1, statementTimeoutMs: 10_000 });
    await expect(db.characterSet()).rejects.toMatchObject({ code: 'DB_SETTINGS', retryable: false });
    await db.close();
    const words = [`character set is ${encoding}`, "ENCODING 'UTF8'"];
    for (const service of [
      'producer',
      'exchange-relay',
      'report-collector',
      'archiver',
      'gateway-simulator',
    ] as const) {
      const started = startService(service, { DATABASE_URL: url, KAFKA_BROKERS: testBrokers(), HTTP_PORT: '0' });
      expect([service, await started.exit]).toEqual([service, 1]);
      for (const word of words) expect(started.log.map((line) => JSON.stringify(line)).join('')).toContain(word);
    }
    const { code, stdout } = await runCli(['doctor', '--database', url, '--kafka', 'localhost:1']);
    expect(code).toBe(1);
    for (const word of words) expect(stdout).toContain(word);
  });
});

describe('a PostgreSQL database in UTF8', () => {
  it('holds every text', async () => {
    const database = await createEmptyDatabase();
    const set = await database.db.characterSet();
    expect([set.name, set.firstMissing('停电😀'), set.firstMissing('\ud83d')]).toEqual(['UTF8', undefined, '\ud83d']);
    await database.drop();
  });
});
