import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createRelayOffsets } from '../../services/exchange-relay/sql/relay-offsets';
import { createSettleSegments } from '../../services/report-collector/sql/settle-messages';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createMemberStore } from '../../shared/service/member-store';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onOracle } from '../support/test-engines';

const MAPPING = loadExchangeMapping();

/**
 * Run first on a borrowed server: the SQL reference demands for MERGE "the INSERT and UPDATE object
 * privileges on the target table" and does not mention rights on columns alone, which the bridge's
 * roles have. Where they do not suffice (ORA-01031, since 23ai ORA-41900), nothing is ever handed
 * over.
 */
onOracle('MERGE with rights on columns alone, through a role', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, 'oracledb');
  });
  afterAll(() => database.drop());

  it('inserts and takes messages as the relay', async () => {
    const { db } = await database.login('sms_relay');
    await database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, source, created_at) VALUES ('there', 'billing', '1', 'x', 'QUEUED', 'table', $1)`,
      [new Date()],
    );
    const entries = ['there', 'new'].map((messageId) => ({
      messageId,
      appId: 'billing',
      extCode: '01',
      destAddr: '8613800138000',
      content: '停电通知',
      priority: 5,
      needReport: true,
      context: null,
      status: 'HANDED' as const,
      reason: null,
      scheduledAt: null,
      expiresAt: Date.now() + 3_600_000,
      createdAt: Date.now(),
      partCount: 1,
    }));
    expect(await inTransaction(db, (tx) => createHandOver(db.engine, MAPPING)(tx, entries, Date.now()))).toEqual([]);
    expect(await database.run(`SELECT msg_id FROM client_sms_send`)).toHaveLength(2);
  });

  it('creates offset rows as the relay, and records members', async () => {
    const { db } = await database.login('sms_relay');
    expect(await createRelayOffsets(db.engine).load(db, 'g', 'sms.send', new Map([[0, 7]]))).toEqual(new Map([[0, 7]]));
    const members = createMemberStore(db);
    for (const member of ['one', 'two']) await members.save('g', 'relay-1', member);
    expect(await members.load('g', 'relay-1')).toBe('two');
  });

  it('inserts and settles segments as the collector', async () => {
    const { db } = await database.login('sms_collector');
    const part = { msgId: 'there', key: 'G1', gatewayMsgId: 'G1', segmentNo: 1, gatewayCode: null };
    for (const status of ['SUBMITTED', 'DELIVERED'] as const)
      await inTransaction(db, (tx) => createSettleSegments('oracledb')(tx, [{ ...part, status }], Date.now()));
    expect(await database.run('SELECT status FROM sm_send_part')).toEqual([{ status: 'DELIVERED' }]);
  });
});
