import { createIntakeStatements } from '../../services/producer/sql/claim-new-rows';
import { createFindMessages } from '../../services/producer/sql/find-messages';
import { createReceivedStatements } from '../../services/producer/sql/find-received';
import { createCancelStatements } from '../../services/producer/sql/mark-cancelled';
import { inTransaction } from '../../shared/database/transaction';
import { DEFAULT_VALIDITY_MS, LONGEST_LIFE_MS } from '../../shared/sms/effective-times';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const AT = Date.UTC(2026, 10, 24, 9);
const HOUR = 3_600_000;

/** The latest time that both engines and the public records can hold. */
const END_OF_TIME = Date.UTC(9999, 11, 31);

/** The latest time of each engine. */
const LATEST = { pg: '294276-12-31 23:59:59.999+00', oracledb: new Date('9999-12-31T23:59:59.999Z') };

onEachEngine('the producer’s statements', (engine) => {
  let database: TestDatabase;
  let producer: TestLogin;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    producer = await database.login('sms_producer');
  });
  afterAll(() => database.drop());
  afterEach(() => database.empty());

  const insert = async (messageId: string, change: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const row = {
      message_id: messageId,
      app_id: 'billing',
      dest_addr: '13800138000',
      content: '停电通知',
      status: 'NEW',
      created_at: new Date(AT),
      source: 'table',
      ...change,
    };
    const names = Object.keys(row);
    await database.run(
      `INSERT INTO sm_send_t (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
  };
  const own = (...ids: readonly string[]) => ids.map((messageId) => ({ messageId, appId: 'billing' }));
  const row = async (messageId: string) =>
    (await createFindMessages({ engine })(producer.db, [messageId])).find((found) => found.messageId === messageId);

  describe('of the table intake', () => {
    const { claimNew, markQueued, markRejected } = createIntakeStatements({ engine });

    it('claim the oldest free rows, as records', async () => {
      await insert('c', { created_at: new Date(AT + 2) });
      await insert('a', {
        scheduled_at: new Date(AT + HOUR),
        context: 'bill 7',
        ext_code: '7',
        priority: 3,
        need_report: 0,
      });
      await insert('b', { created_at: new Date(AT + 1) });
      await insert('done', { status: 'QUEUED' });
      await inTransaction(producer.db, async (first) => {
        expect((await claimNew(first, 2)).map(({ messageId }) => messageId)).toEqual(['a', 'b']);
        await inTransaction(producer.db, async (second) => {
          expect(await claimNew(second, 10)).toEqual([
            {
              messageId: 'c',
              appId: 'billing',
              to: '13800138000',
              content: '停电通知',
              extCode: null,
              priority: 1,
              needReport: true,
              context: null,
              scheduledAt: null,
              expiresAt: null,
              createdAt: AT + 2,
            },
          ]);
        });
      });
      const [a] = await inTransaction(producer.db, (tx) => claimNew(tx, 1));
      expect(a).toMatchObject({
        scheduledAt: AT + HOUR,
        context: 'bill 7',
        extCode: '7',
        priority: 3,
        needReport: false,
      });
    });

    it('recognise a row whose id its own application has in the history', async () => {
      for (const [id, appId] of [
        ['used', 'billing'],
        ['theirs', 'portal'],
      ])
        await database.run(
          `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, archived_at)
           VALUES ($1, $1, $2, '1', 'x', 'DELIVERED', $3, $3)`,
          [id, appId, new Date(AT)],
        );
      for (const id of ['used', 'theirs', 'new']) await insert(id);
      const rows = await inTransaction(producer.db, (tx) => claimNew(tx, 10));
      expect(Object.fromEntries(rows.map(({ messageId, reused }) => [messageId, reused]))).toEqual({ used: true });
    });

    it('queue with a validity, and reject with a reason', async () => {
      await insert('plain');
      await insert('scheduled', { scheduled_at: new Date(AT + HOUR) });
      await insert('asked', { expires_at: new Date(AT + 1) });
      await insert('bad');
      await row('plain');
      await database.oracle?.clearLog();
      await inTransaction(producer.db, async (tx) => {
        const claimed = await claimNew(tx, 10);
        expect(await markQueued(tx, claimed)).toEqual(claimed);
        const rejected = own('bad').map((message) => ({
          ...message,
          reason: 'SCHEDULE_INVALID',
          destAddr: '8613800138000',
        }));
        await markRejected(tx, rejected, AT + 5);
      });
      // claim, queue, reject, commit
      expect((await database.oracle?.roundTrips())?.length ?? 4).toBe(4);
      expect(await row('plain')).toMatchObject({
        status: 'QUEUED',
        finalAt: null,
        expiresAt: AT + DEFAULT_VALIDITY_MS,
      });
      expect(await row('scheduled')).toMatchObject({ status: 'QUEUED', expiresAt: AT + HOUR + DEFAULT_VALIDITY_MS });
      expect(await row('asked')).toMatchObject({ status: 'QUEUED', expiresAt: AT + 1 });
      expect(await row('bad')).toMatchObject({
        status: 'REJECTED',
        reason: 'SCHEDULE_INVALID',
        destAddr: '8613800138000',
        finalAt: AT + 5,
        expiresAt: AT + 5,
      });
    });

    it('take a row that is scheduled at the end of time, and its neighbours', async () => {
      await insert('never', { scheduled_at: new Date(END_OF_TIME) });
      await insert('a');
      await inTransaction(producer.db, async (tx) => {
        await markQueued(tx, await claimNew(tx, 10));
      });
      expect(await row('a')).toMatchObject({ status: 'QUEUED' });
      expect(await row('never')).toMatchObject({ status: 'QUEUED', scheduledAt: END_OF_TIME });
    });

    it('take a row that is scheduled as late as the engine can, which no record can hold', async () => {
      await insert('beyond', { scheduled_at: LATEST[engine] });
      await inTransaction(producer.db, async (tx) => {
        expect(await markQueued(tx, await claimNew(tx, 10))).toHaveLength(1);
        await markRejected(tx, [{ ...own('beyond')[0]!, reason: 'SCHEDULE_INVALID' }], AT);
      });
      expect(await row('beyond')).toMatchObject({ status: 'REJECTED', expiresAt: AT });
    });
  });

  describe('of cancelling', () => {
    let cancel: ReturnType<typeof createCancelStatements>;
    beforeAll(() => {
      cancel = createCancelStatements(producer.db);
    });
    const gone = (messageId: string) => ({
      messageId,
      appId: 'billing',
      to: null,
      context: null,
      createdAt: AT,
      expiresAt: null,
    });

    it("cancel what is the caller's and not handed over, and keep the row while its record can still come", async () => {
      for (const status of ['NEW', 'QUEUED', 'SCHEDULED']) await insert(status, { status });
      await insert('HANDED', { status: 'HANDED', handed_at: new Date(AT) });
      await insert('never', { scheduled_at: new Date(END_OF_TIME) });
      for (const id of ['NEW', 'QUEUED', 'SCHEDULED', 'never'])
        expect([id, await cancel.markCancelled(producer.db, id, 'billing', AT)]).toEqual([id, true]);
      expect(await row('NEW')).toMatchObject({
        status: 'CANCELLED',
        reason: 'CANCELLED',
        finalAt: null,
        expiresAt: AT + DEFAULT_VALIDITY_MS,
      });
      expect(await row('never')).toMatchObject({ status: 'CANCELLED', expiresAt: AT + LONGEST_LIFE_MS });
      await insert('other', { app_id: 'portal' });
      for (const id of ['HANDED', 'NEW', 'other', 'nothing'])
        expect([id, await cancel.markCancelled(producer.db, id, 'billing', AT)]).toEqual([id, false]);
    });

    it('enter a row ahead of its message, unless ledger or history have it', async () => {
      await insert('there');
      await database.run(
        `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, archived_at)
         VALUES ('archived', 'archived', 'billing', '1', 'x', 'DELIVERED', $1, $1)`,
        [new Date(AT)],
      );
      for (const id of ['there', 'archived'])
        expect([id, await cancel.insertTombstone(gone(id), AT)]).toEqual([id, false]);
      expect(await row('archived')).toMatchObject({ status: 'DELIVERED' });
      expect(await cancel.insertTombstone({ ...gone('mine'), to: '8613800138000', context: 'bill 7' }, AT)).toBe(true);
      expect(await cancel.insertTombstone(gone('mine'), AT)).toBe(false);
      expect(await row('mine')).toMatchObject({
        appId: 'billing',
        status: 'CANCELLED',
        destAddr: '8613800138000',
        context: 'bill 7',
        createdAt: AT,
        expiresAt: AT + LONGEST_LIFE_MS,
      });
    });

    it('claim unannounced rows from several processes at once, and mark them', async () => {
      for (const id of ['a', 'b', 'c']) await cancel.insertTombstone(gone(id), AT);
      await inTransaction(producer.db, async (first) => {
        const mine = await cancel.claimCancelled(first, { limit: 2 });
        expect(mine).toMatchObject([{ messageId: 'a', destAddr: null, status: 'CANCELLED' }, { messageId: 'b' }]);
        await inTransaction(producer.db, async (second) => {
          expect(await cancel.claimCancelled(second, own('a')[0]!)).toEqual([]);
          expect(await cancel.claimCancelled(second, { limit: 9 })).toMatchObject([{ messageId: 'c' }]);
        });
        const [a, b] = own('a', 'b');
        const announced = [a!, { ...b!, destAddr: '8613800138000' }];
        expect(await cancel.markAnnounced(first, announced, AT + 9)).toMatchObject(own('a', 'b'));
        expect(await cancel.markAnnounced(first, own('b', 'gone'), AT + 10)).toEqual([]);
      });
      expect(await row('a')).toMatchObject({ finalAt: AT + 9, destAddr: '?' });
      expect(await row('b')).toMatchObject({ finalAt: AT + 9, destAddr: '8613800138000' });
      expect(await cancel.claimCancelled(producer.db, { limit: 9 })).toMatchObject([{ messageId: 'c' }]);
    });
  });

  describe('of looking up', () => {
    const { findAfter, findOwner } = createReceivedStatements({ engine });
    const receive = (id: string, offeredAt: number, appId: string | null = 'billing', history = false) =>
      database.run(
        `INSERT INTO ${history ? 'sm_receive_t_log' : 'sm_receive_t'} (received_id, src_addr, dest_addr, app_id, content, received_at, recorded_at, offered_at${history ? ', archived_at, outcome, processed_at' : ''})
         VALUES ($1, '8613800138000', '10698001', $2, '退订', $3, $3, $3${history ? `, $3, 'processed', $3` : ''})`,
        [id, appId, new Date(offeredAt)],
      );

    it('find messages in ledger and history, for any number of ids', async () => {
      const ids = Array.from({ length: 90 }, (_, index) => `m-${index}`);
      await insert('m-7');
      await insert('m-89', { context: 'x' });
      await database.run(
        `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, final_at, gateway_msg_id, part_count, archived_at)
         VALUES ('m-8', 'm-8', 'billing', '1', 'x', 'DELIVERED', $1, $2, 'G1', 2, $2)`,
        [new Date(AT), new Date(AT + HOUR)],
      );
      const found = await createFindMessages({ engine })(producer.db, ids);
      expect(found.map(({ messageId }) => messageId).sort()).toEqual(['m-7', 'm-8', 'm-89']);
      expect(await row('m-8')).toEqual({
        messageId: 'm-8',
        appId: 'billing',
        status: 'DELIVERED',
        reason: null,
        destAddr: '1',
        content: 'x',
        priority: 1,
        needReport: true,
        context: null,
        scheduledAt: null,
        expiresAt: null,
        createdAt: AT,
        handedAt: null,
        submittedAt: null,
        finalAt: AT + HOUR,
        gatewayMsgId: 'G1',
        gatewayCode: null,
        gatewaySubmittedAt: null,
        gatewayDoneAt: null,
        gatewayMessage: null,
        partCount: 2,
        partsDone: 0,
      });
    });

    it('read received messages after a cursor, live table and history in one order, also within a millisecond', async () => {
      await receive('b', AT + 1, 'billing', true);
      await receive('B', AT + 1);
      await receive('a', AT + 1);
      await receive('first', AT);
      await receive('last', AT + 2, 'billing', true);
      await receive('other', AT + 1, 'portal');
      await receive('unknown', AT + 1, null);
      const ids = async (after: { offeredAt: number; id: string }, limit: number) =>
        (await findAfter(producer.db, 'billing', after, limit)).map(({ receivedId }) => receivedId);
      expect(await ids({ offeredAt: 0, id: '' }, 10)).toEqual(['first', 'B', 'a', 'b', 'last']);
      expect(await ids({ offeredAt: AT + 1, id: '' }, 3)).toEqual(['B', 'a', 'b']);
      expect(await ids({ offeredAt: AT + 1, id: 'B' }, 2)).toEqual(['a', 'b']);
      expect(await ids({ offeredAt: AT + 1, id: 'b' }, 9)).toEqual(['last']);
      expect((await findAfter(producer.db, 'billing', { offeredAt: AT + 1, id: 'a' }, 1))[0]).toEqual({
        receivedId: 'b',
        from: '8613800138000',
        to: '10698001',
        extCode: null,
        content: '退订',
        attempt: 1,
        processed: true,
        offeredAt: AT + 1,
        receivedAt: AT + 1,
        recordedAt: AT + 1,
      });
      // an empty message counts too; Oracle stores it as NULL
      await database.run('UPDATE sm_receive_t SET content = $1 WHERE received_id = $2', ['', 'first']);
      expect((await findAfter(producer.db, 'billing', { offeredAt: 0, id: '' }, 1))[0]).toMatchObject({ content: '' });
      expect(await findOwner(producer.db, 'unknown')).toEqual({ appId: null, processed: false });
      expect(await findOwner(producer.db, 'b')).toEqual({ appId: 'billing', processed: true });
      expect(await findOwner(producer.db, 'nothing')).toBeUndefined();
    });
  });
});
