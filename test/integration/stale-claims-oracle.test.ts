import { type Phase, planArchive } from '../../services/archiver/core/plan-archive';
import { createArchivePhases } from '../../services/archiver/wiring/archive-phases';
import { createDispatchDue } from '../../services/exchange-relay/sql/dispatch-due';
import { announceCancelled } from '../../services/producer/announce-cancelled';
import { intakeBatch } from '../../services/producer/intake-batch';
import { createIntakeStatements } from '../../services/producer/sql/claim-new-rows';
import { createCancelStatements } from '../../services/producer/sql/mark-cancelled';
import { createExchangeClaims } from '../../services/report-collector/sql/claim-rows';
import type { SmsStatus } from '../../shared/avro/records';
import type { Database, Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toMessageKey } from '../../shared/sms/message-key';
import { insertRows, type Row } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { HOUR, LIMITS, nowhere } from './archiver-world';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

const MAPPING = loadExchangeMapping();
const now = Date.now();
const ago = (hours: number) => new Date(now - hours * HOUR);
const plan = planArchive(now, { ...LIMITS, sliceRows: 100 });

/**
 * Oracle may return a row of a SKIP LOCKED cursor as it was when the cursor opened. Here another
 * session changes row a between the query and its lock, and row b stays as it is; the statements
 * after the claim must notice.
 */
describe('after another session changed a row before its lock', () => {
  let database: TestDatabase;
  let relay: Database;
  let producer: Database;
  let archiver: Database;
  let collector: Database;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, 'oracledb');
    [relay, producer, archiver, collector] = (await Promise.all(
      (['sms_relay', 'sms_producer', 'sms_archiver', 'sms_collector'] as const).map(
        async (role) => (await database.login(role)).db,
      ),
    )) as [Database, Database, Database, Database];
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    await database.oracle?.clearFaults();
    await database.empty();
  });

  const meanwhile = (sql: string) => database.oracle?.inject({ kind: 'meanwhile', sql, matching: 'SKIP LOCKED' });
  const insertMessages = (row: Row) =>
    insertRows(
      database.db,
      'SM_SEND_T',
      ['a', 'b'].map((id) => ({
        MSG_ID: id,
        MESSAGE_ID: id,
        APP_ID: 'billing',
        DEST_ADDR: '8613800138000',
        CONTENT: 'x',
        SOURCE: 'kafka',
        CREATED_AT: ago(120),
        ...row,
      })),
    );
  const insertReceived = () =>
    insertRows(
      database.db,
      'SM_RECEIVE_T',
      ['a', 'b'].map((id) => ({
        RECEIVED_ID: id,
        SRC_ADDR: '1',
        DEST_ADDR: '2',
        APP_ID: 'billing',
        CONTENT: 'x',
        RECEIVED_AT: ago(120),
        RECORDED_AT: ago(120),
        OFFERED_AT: ago(13),
      })),
    );
  const statuses = async () =>
    Object.fromEntries(
      (await database.run<{ id: string; status: string }>('SELECT message_id AS id, status FROM sm_send_t')).map(
        ({ id, status }) => [id, status],
      ),
    );
  const ids = async (from: string): Promise<readonly string[]> =>
    (await database.run<{ id: string }>(`SELECT ${from}`)).map(({ id }) => id);

  it('a cancelled scheduled message is not handed over', async () => {
    await insertMessages({ STATUS: 'SCHEDULED', SCHEDULED_AT: ago(1), EXPIRES_AT: ago(-1) });
    await meanwhile(`UPDATE SM_SEND_T SET STATUS = 'CANCELLED', REASON = 'CANCELLED' WHERE MESSAGE_ID = 'a'`);
    expect(await inTransaction(relay, (tx) => createDispatchDue(relay, MAPPING)(tx, 10, now))).toEqual({
      handed: 1,
      expired: [],
    });
    expect(await ids('msg_id AS id FROM client_sms_send')).toEqual(['b']);
    expect(await statuses()).toEqual({ a: 'CANCELLED', b: 'HANDED' });
  });

  it.each(['queued', 'rejected'] as const)(
    'a new row that another instance took is neither published nor %s',
    async (what) => {
      await insertMessages({ STATUS: 'NEW', SOURCE: 'table' });
      await meanwhile(`UPDATE SM_SEND_T SET STATUS = 'HANDED', HANDED_AT = CREATED_AT WHERE MESSAGE_ID = 'a'`);
      const published: string[] = [];
      const events: SmsStatus[] = [];
      const refusal = { code: 'MESSAGE_REFUSED', field: null, message: 'refused' };
      await intakeBatch<Tx>(
        {
          ...createIntakeStatements(producer),
          inTransaction: (work) => inTransaction(producer, work),
          toKey: (to) => to,
          publish: async (publications) => {
            published.push(...publications.map(({ send }) => send.messageId));
            return new Map(what === 'queued' ? [] : publications.map(({ send }) => [toMessageKey(send), refusal]));
          },
          publishStatuses: async (statuses) => void events.push(...statuses),
          now: () => now,
          crashPoint: () => undefined,
        },
        10,
      );
      expect([published, events.map(({ messageId }) => messageId)]).toEqual([['b'], what === 'queued' ? [] : ['b']]);
      expect(await statuses()).toEqual({ a: 'HANDED', b: what.toUpperCase() });
    },
  );

  it('the published event of a cancelled message is not published again', async () => {
    await insertMessages({ STATUS: 'CANCELLED', REASON: 'CANCELLED', EXPIRES_AT: ago(-1) });
    await meanwhile(`UPDATE SM_SEND_T SET FINAL_AT = CREATED_AT WHERE MESSAGE_ID = 'a'`);
    const events: SmsStatus[] = [];
    const announced = await announceCancelled<Tx>(
      {
        ...createCancelStatements(producer),
        inTransaction: (work) => inTransaction(producer, work),
        publish: async (published) => void events.push(...published),
        now: () => now,
        crashPoint: () => undefined,
      },
      { limit: 10 },
    );
    expect([announced, events.map(({ messageId }) => messageId)]).toEqual([1, ['b']]);
    expect(await ids('message_id AS id FROM sm_send_t WHERE final_at = created_at')).toEqual(['a']);
  });

  it('a received row that another collector took is not recorded again', async () => {
    await insertRows(
      database.db,
      'CLIENT_SMS_RECV',
      [1, 2].map((no) => ({ SEQ_ID: no, SRC_ADDR: '1', DEST_ADDR: '2', CONTENT: 'x', RECV_TIME: ago(1) })),
    );
    await meanwhile('DELETE FROM CLIENT_SMS_RECV WHERE SEQ_ID = 1');
    const claims = createExchangeClaims(collector, MAPPING);
    const claimed = await inTransaction(collector, (tx) => claims.recv(tx, { limit: 10 }));
    expect(claimed.map(({ id }) => id)).toEqual(['2']);
  });

  /** Runs one phase; returns the ids that it published, and the tables that still hold row a. */
  const run = async (phase: Phase) => {
    const published: string[] = [];
    const phases = createArchivePhases('oracledb', loadExchangeMapping(), {
      ...nowhere,
      publishStatuses: async (events) => void published.push(...events.map(({ messageId }) => messageId)),
      publishReceived: async (events) => void published.push(...events.map(({ receivedId }) => receivedId)),
      publishRefusedAcks: async (acks) => void published.push(...acks.map(({ receivedId }) => receivedId)),
    });
    const slice = await inTransaction(archiver, (tx) => phases[phase](tx, plan, 0));
    return { published, taken: slice.taken };
  };

  it('a message whose report came is not ended', async () => {
    await insertMessages({ STATUS: 'HANDED', HANDED_AT: ago(80), EXPIRES_AT: ago(60) });
    await meanwhile(`UPDATE SM_SEND_T SET STATUS = 'DELIVERED', FINAL_AT = HANDED_AT WHERE MESSAGE_ID = 'a'`);
    expect(await run('end-unanswered')).toEqual({ published: ['b'], taken: 1 });
    expect(await statuses()).toEqual({ a: 'DELIVERED', b: 'UNKNOWN' });
  });

  it('a queued message that is handed over does not expire', async () => {
    await insertMessages({ STATUS: 'QUEUED', EXPIRES_AT: ago(80) });
    await meanwhile(`UPDATE SM_SEND_T SET STATUS = 'HANDED', HANDED_AT = CREATED_AT WHERE MESSAGE_ID = 'a'`);
    expect(await run('expire-unhanded')).toEqual({ published: ['b'], taken: 1 });
    expect(await statuses()).toEqual({ a: 'HANDED', b: 'EXPIRED' });
  });

  it('an acknowledged message is neither offered again nor counted', async () => {
    await insertReceived();
    await meanwhile(`UPDATE SM_RECEIVE_T SET PROCESSED_AT = OFFERED_AT WHERE RECEIVED_ID = 'a'`);
    expect(await run('offer-again')).toEqual({ published: ['b'], taken: 1 });
    expect(await ids('received_id AS id FROM sm_receive_t WHERE attempt > 1')).toEqual(['b']);
  });

  it('an acknowledged message does not move to the history as unprocessed', async () => {
    await insertReceived();
    await meanwhile(`UPDATE SM_RECEIVE_T SET PROCESSED_AT = OFFERED_AT WHERE RECEIVED_ID = 'a'`);
    expect(await run('move-unprocessed')).toMatchObject({ taken: 1 });
    expect(await ids('received_id AS id FROM sm_receive_t')).toEqual(['a']);
  });

  it('an early acknowledgement that is gone is not refused', async () => {
    await insertRows(
      database.db,
      'SM_RECEIVE_ACK',
      ['a', 'b'].map((id) => ({ RECEIVED_ID: id, APP_ID: 'billing', PROCESSED_AT: ago(50), STORED_AT: ago(50) })),
    );
    await meanwhile(`DELETE FROM SM_RECEIVE_ACK WHERE RECEIVED_ID = 'a'`);
    expect(await run('drop-acks')).toEqual({ published: ['b'], taken: 1 });
  });
});
