import { insertRows } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { findingsOf } from './doctor-findings';

describe('the doctor on PostgreSQL', () => {
  it('names business logins that may take all connections, and what limits them', async () => {
    const database = await createTestDatabase(undefined, 'pg');
    try {
      const [app, service, limited] = [
        await database.login('sms_application'),
        await database.login('sms_customer_service'),
        await database.login('sms_application'),
      ];
      await insertRows(database.db, 'login_user', [
        { username: app.username, app_id: 'billing', role: 'application', enabled: true },
        { username: service.username, app_id: null, role: 'customer-service', enabled: true },
        { username: limited.username, app_id: 'portal', role: 'application', enabled: true },
        { username: 'without-a-login', app_id: 'portal', role: 'application', enabled: true },
      ]);
      await database.db.knex.raw('ALTER ROLE ?? CONNECTION LIMIT 5', [limited.username]);
      const seen = async () =>
        (await findingsOf(database.url)).filter(({ check }) => check === 'database: business logins');
      const advice = [
        '`sms-bridge app set billing --connections 10`',
        `\`ALTER ROLE "${service.username}" CONNECTION LIMIT 10\``,
      ];
      const [found] = await seen();
      expect(found).toMatchObject({ state: 'warning', detail: expect.not.stringContaining(limited.username) });
      for (const command of advice) expect(found?.advice).toContain(command);
      for (const { username } of [app, service])
        await database.db.knex.raw('ALTER ROLE ?? CONNECTION LIMIT 5', [username]);
      expect(await seen()).toMatchObject([{ state: 'ok' }]);
    } finally {
      await database.drop();
    }
  });
});

onEachEngine('the doctor with a limited account', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());

  const INTAKE = ['flow: table intake', 'flow: scheduled'];
  const CODES = 'flow: report codes';
  it.each([
    ['sms_producer', [...INTAKE, CODES]],
    ['sms_relay', ['flow: CLIENT_SMS_SEND', ...INTAKE, CODES]],
    ['sms_collector', [...INTAKE, 'flow: CLIENT_SMS_RESP', 'flow: CLIENT_SMS_REPORT', 'flow: CLIENT_SMS_RECV', CODES]],
    ['sms_archiver', [...INTAKE, CODES, 'flow: night job']],
    ['sms_province', ['flow: CLIENT_SMS_SEND']],
    ['sms_application', []],
  ] as const)('finds no fault for %s, and leaves out the checks that it may not read', async (role, flows) => {
    const { url } = await database.login(role);
    const found = await findingsOf(url);
    expect(found.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(found.map(({ check }) => check).filter((check) => check.startsWith('flow: '))).toEqual(flows);
  });
});
