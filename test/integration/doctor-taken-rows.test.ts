import { checkTaken } from '../../cli/doctor/check-taken';
import type { DatabaseLooks } from '../../cli/doctor/database-looks';
import type { Finding } from '../../cli/doctor/finding';
import { createMeasureDepth } from '../../services/exchange-relay/sql/exchange-depth';
import { type ExchangeMapping, loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { insertRows } from '../support/insert-rows';
import { statementsInAdvice } from '../support/statements-in-advice';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const DEFAULTS = loadExchangeMapping();
const MAPPING: ExchangeMapping = {
  ...DEFAULTS,
  send: { ...DEFAULTS.send, taken: { column: 'TAKEN', values: ['Y'] } },
};
const LOOKS = { reads: async () => true } as unknown as DatabaseLooks;

onEachEngine('rows that the province has taken and left in the table', (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, engine);
  });
  afterAll(() => database.drop());

  const check = () => checkTaken(database.db, LOOKS, MAPPING) as Promise<Finding>;

  it('are no fault while they are few; when they are many, the doctor prints the index that they need', async () => {
    expect(await check()).toMatchObject({ state: 'ok' });
    const row = (at: number) => ({
      msg_id: `m-${at}`,
      app_id: 'billing',
      dest_addr: '13800138000',
      content: 'x',
      create_time: new Date(),
      taken: at < 10_001 ? 'Y' : null,
    });
    const rows = Array.from({ length: 10_003 }, (_, at) => row(at));
    for (let from = 0; from < rows.length; from += 1_000)
      await insertRows(database.db, 'client_sms_send', rows.slice(from, from + 1_000));
    const found = await check();
    expect(found).toMatchObject({ state: 'warning' });
    const [statement, ...others] = statementsInAdvice((found as { readonly advice?: string }).advice ?? '');
    expect([statement, others]).toEqual([expect.stringMatching(/^CREATE INDEX CLIENT_SMS_SEND_WAITING ON /), []]);
    await database.run(statement as string);
    expect(await check()).toMatchObject({ state: 'ok' });
    expect(await createMeasureDepth(database.db, MAPPING)(100)).toMatchObject({ rows: 2 });
  });
});
