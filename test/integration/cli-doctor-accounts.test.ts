import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';
import { findingsOf } from './doctor-findings';

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
