import { loadAccounts } from '../../shared/accounts/load-accounts';
import { createMemberStore } from '../../shared/service/member-store';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

onEachEngine("a service's records of accounts and of itself", (engine) => {
  let database: TestDatabase;
  let relay: TestLogin;
  let producer: TestLogin;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    relay = await database.login('sms_relay');
    producer = await database.login('sms_producer');
  });
  afterAll(() => database.drop());
  afterEach(() => database.empty());

  it('contain all accounts by name, and key hashes only where its role may read them', async () => {
    const insert =
      'INSERT INTO login_user (username, app_id, ext_code, role, enabled, api_key_hash) VALUES ($1, $2, $3, $4, $5, $6)';
    await database.run(insert, ['OUTAGE', 'outage', null, 'customer-service', false, null]);
    await database.run(insert, ['BILLING', 'billing', '01', 'application', true, 'sha256:x']);
    const billing = { username: 'BILLING', appId: 'billing', extCode: '01', role: 'application', enabled: true };
    const outage = { username: 'OUTAGE', appId: 'outage', extCode: null, role: 'customer-service', enabled: false };
    const limits = { rateMessages: null, rateBytes: null, maxPending: null };
    expect(await loadAccounts(relay.db, false)).toEqual([
      { ...billing, apiKeyHash: null },
      { ...outage, apiKeyHash: null },
    ]);
    expect(await loadAccounts(producer.db, true)).toEqual([
      { ...billing, apiKeyHash: 'sha256:x', limits },
      { ...outage, apiKeyHash: null, limits },
    ]);
    await expect(loadAccounts(relay.db, true)).rejects.toMatchObject({
      code: expect.stringMatching(/^DB_(DENIED|SCHEMA)$/),
    });
  });

  it('keep the last member id of an instance in its group', async () => {
    const members = createMemberStore(relay.db);
    expect(await members.load('g', 'relay-1')).toBeUndefined();
    await members.save('g', 'relay-1', 'a');
    await members.save('g', 'relay-2', 'b');
    await members.save('g', 'relay-1', 'c');
    expect([await members.load('g', 'relay-1'), await members.load('g', 'relay-2')]).toEqual(['c', 'b']);
  });

  it('keep one member id when two processes of one name write their first at once', async () => {
    const members = createMemberStore(relay.db);
    await Promise.all(Array.from({ length: 6 }, (_, index) => members.save('g', 'relay-1', `id-${index}`)));
    expect(await members.load('g', 'relay-1')).toMatch(/^id-\d$/);
  });
});
