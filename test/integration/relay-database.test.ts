import { createDispatchDue } from '../../services/exchange-relay/adapters/dispatch-due';
import { createMeasureDepth } from '../../services/exchange-relay/adapters/exchange-depth';
import { createHandOver } from '../../services/exchange-relay/adapters/hand-over';
import { findKnownMessages } from '../../services/exchange-relay/adapters/known-messages';
import { advanceOffsets, loadOffsets, lockOffsets } from '../../services/exchange-relay/adapters/relay-offsets';
import type { LedgerEntry } from '../../services/exchange-relay/core/ledger-entry';
import type { Database } from '../../services/shared/database/open-database';
import { inTransaction } from '../../services/shared/database/transaction';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const AT = { topic: 'sms.send', partition: 0 };
const NAMES = loadExchangeNames();
const now = Date.now();

const entry = (messageId: string, change: Partial<LedgerEntry> = {}): LedgerEntry => ({
  messageId,
  appId: 'billing',
  extCode: '01',
  destAddr: '8613800138000',
  content: '停电通知',
  priority: 2,
  needReport: true,
  context: null,
  status: 'HANDED',
  reason: null,
  scheduledAt: null,
  expiresAt: now + 3_600_000,
  createdAt: now,
  partCount: 1,
  source: 'kafka',
  ...change,
});

describe('the relay’s statements on PostgreSQL', () => {
  let database: TestDatabase;
  /** with the rights of the relay; what a test prepares or looks at is done as the owner */
  let relay: Database;
  beforeEach(async () => {
    database = await createTestDatabase();
    relay = (await database.login('sms_relay')).db;
  });
  afterEach(() => database.drop());

  const handOver = (entries: readonly LedgerEntry[]) =>
    inTransaction(relay, ({ query }) => createHandOver(relay, NAMES)(query, entries, now));
  const exchange = async (): Promise<string[]> => {
    const { rows } = await database.db.query<{ msg_id: string }>('SELECT msg_id FROM client_sms_send ORDER BY seq_id');
    return rows.map(({ msg_id }) => msg_id);
  };
  const ledger = async () => {
    const { rows } = await database.db.query<{ message_id: string; status: string; handed: boolean; ended: boolean }>(
      'SELECT message_id, status, handed_at IS NOT NULL AS handed, final_at IS NOT NULL AS ended FROM sm_send_t ORDER BY message_id',
    );
    return rows.map(
      (row) => `${row.message_id} ${row.status}${row.handed ? ' handed' : ''}${row.ended ? ' final' : ''}`,
    );
  };

  it('enter every message in the ledger, and only those to be sent in the exchange table, oldest first', async () => {
    const refused = await handOver([
      entry('a', { createdAt: now + 1 }),
      entry('b'),
      entry('c', { status: 'SCHEDULED', scheduledAt: now + 60_000 }),
      entry('d', { status: 'REJECTED', reason: 'APP_UNKNOWN' }),
      entry('e', { status: 'EXPIRED', reason: 'EXPIRED' }),
    ]);
    expect(refused).toEqual([]);
    expect(await exchange()).toEqual(['b', 'a']);
    expect(await ledger()).toEqual([
      'a HANDED handed',
      'b HANDED handed',
      'c SCHEDULED',
      'd REJECTED final',
      'e EXPIRED final',
    ]);
    const { rows } = await database.db.query(
      "SELECT app_id, ext_code, dest_addr, content, msg_fmt, priority, need_report FROM client_sms_send WHERE msg_id = 'b'",
    );
    expect(rows).toEqual([
      {
        app_id: 'billing',
        ext_code: '01',
        dest_addr: '8613800138000',
        content: '停电通知',
        msg_fmt: 8,
        priority: 2,
        need_report: 1,
      },
    ]);
  });

  it('send nothing twice, also when the province has taken the row', async () => {
    await handOver([entry('a'), entry('b')]);
    await database.db.query('DELETE FROM client_sms_send');
    expect([...(await handOver([entry('a'), entry('b'), entry('c')]))].sort()).toEqual(['a', 'b']);
    expect(await exchange()).toEqual(['c']);
  });

  it('take a row of the table interface once, by its own application only, and not when it was cancelled', async () => {
    await database.db.query(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, final_at, source) VALUES
       ('cancelled', 'billing', '1', 'x', 'CANCELLED', now(), now(), 'table'), ('new', 'billing', '1', 'x', 'NEW', now(), NULL, 'table'),
       ('other', 'portal', '1', 'x', 'QUEUED', now(), NULL, 'table'), ('queued', 'billing', '1', 'x', 'QUEUED', now(), NULL, 'table')`,
    );
    const batch = ['cancelled', 'new', 'other', 'queued'].map((id) => entry(id));
    expect([...(await handOver(batch))].sort()).toEqual(['cancelled', 'other']);
    expect(await handOver(batch)).toHaveLength(4);
    expect(await exchange()).toEqual(['new', 'queued']);
    expect(await findKnownMessages(relay.query, ['other', 'nobody'])).toEqual([
      { messageId: 'other', appId: 'portal' },
    ]);
  });

  it('two flushes with the same messages at once wait for each other, and one of them sends', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `m-${String(index).padStart(4, '0')}`);
    const refused = await Promise.all(Array.from({ length: 4 }, () => handOver(ids.map((id) => entry(id)))));
    expect(refused.map((of) => of.length).sort()).toEqual([0, 200, 200, 200]);
    expect(await exchange()).toHaveLength(200);
  });

  it('dispatch what is due, once among several instances, and end what expired meanwhile', async () => {
    await handOver([
      entry('due', { status: 'SCHEDULED', scheduledAt: now + 1 }),
      entry('late', { status: 'SCHEDULED', scheduledAt: now + 1, expiresAt: now + 2, context: 'mine' }),
      entry('later', { status: 'SCHEDULED', scheduledAt: now + 60_000 }),
    ]);
    const dispatchDue = createDispatchDue(relay, NAMES);
    const outcomes = await Promise.all(
      [1, 2].map(() => inTransaction(relay, ({ query }) => dispatchDue(query, 10, now + 10))),
    );
    expect(outcomes.map(({ handed }) => handed).sort()).toEqual([0, 1]);
    expect(outcomes.flatMap(({ expired }) => expired)).toEqual([
      { messageId: 'late', appId: 'billing', destAddr: '8613800138000', context: 'mine' },
    ]);
    expect(await exchange()).toEqual(['due']);
    expect(await ledger()).toEqual(['due HANDED handed', 'late EXPIRED final', 'later SCHEDULED']);
    // a duplicate of a scheduled record does not send it again
    expect(await handOver([entry('due')])).toEqual(['due']);
  });

  it('keep the offset row once it exists, and let one transaction at a time past it', async () => {
    const db = relay;
    expect(
      await loadOffsets(
        db.query,
        'g',
        AT.topic,
        new Map([
          [0, 5],
          [1, 7],
        ]),
      ),
    ).toEqual(
      new Map([
        [0, 5],
        [1, 7],
      ]),
    );
    expect(await loadOffsets(db.query, 'g', AT.topic, new Map([[0, 99]]))).toEqual(new Map([[0, 5]]));
    const order: string[] = [];
    let second: Promise<void> | undefined;
    await inTransaction(db, async ({ query }) => {
      await lockOffsets(query, 'g', [AT]);
      second = inTransaction(db, async (tx) => {
        const next = await lockOffsets(tx.query, 'g', [AT]);
        order.push(`second sees ${next.get(0)}`);
      });
      // its statement has reached the server and waits there
      for (;;) {
        const { rows } = await database.db.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        if (rows.length > 0) break;
      }
      await advanceOffsets(query, 'g', [{ ...AT, nextOffset: 42 }], []);
      order.push('first done');
    });
    await second;
    expect(order).toEqual(['first done', 'second sees 42']);
  });

  it('tell which messages only the history knows', async () => {
    const db = relay;
    await loadOffsets(db.query, 'g', AT.topic, new Map([[0, 0]]));
    await database.db.query(
      `INSERT INTO sm_send_t_log (message_id, app_id, dest_addr, content, status, created_at, archived_at)
       VALUES ('old', 'billing', '1', 'x', 'DELIVERED', now(), now())`,
    );
    expect(await advanceOffsets(db.query, 'g', [{ ...AT, nextOffset: 3 }], ['new', 'old'])).toEqual([
      { messageId: 'old', appId: 'billing' },
    ]);
    expect(await loadOffsets(db.query, 'g', AT.topic, new Map([[0, 0]]))).toEqual(new Map([[0, 3]]));
  });

  it('measure how full the exchange table is, no further than asked', async () => {
    const measure = createMeasureDepth(relay, NAMES);
    expect(await measure(10)).toEqual({ rows: 0, oldestMs: 0 });
    await inTransaction(relay, ({ query }) =>
      createHandOver(relay, NAMES)(
        query,
        ['a', 'b', 'c'].map((id) => entry(id)),
        Date.now() - 60_000,
      ),
    );
    expect((await measure(10)).rows).toBe(3);
    expect((await measure(2)).rows).toBe(2);
    expect((await measure(2)).oldestMs).toBeGreaterThanOrEqual(60_000);
  });
});
