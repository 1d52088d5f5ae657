import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { findingsOf } from './doctor-findings';

onEachEngine('the doctor with an account that may see a part', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
  });
  afterAll(() => database.drop());

  const INTAKE = ['flow: table intake', 'flow: scheduled'];
  it.each([
    ['sms_producer', INTAKE],
    ['sms_relay', ['flow: CLIENT_SMS_SEND', ...INTAKE]],
    ['sms_collector', [...INTAKE, 'flow: CLIENT_SMS_RESP', 'flow: CLIENT_SMS_REPORT', 'flow: CLIENT_SMS_RECV']],
    ['sms_archiver', [...INTAKE, 'flow: night job']],
    ['sms_province', ['flow: CLIENT_SMS_SEND']],
    ['sms_application', []],
  ] as const)('finds nothing wrong for %s, and leaves out what it may not read', async (role, flows) => {
    const { url } = await database.login(role);
    const found = await findingsOf(url);
    expect(found.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(found.map(({ check }) => check).filter((check) => check.startsWith('flow: '))).toEqual(flows);
  });
});
