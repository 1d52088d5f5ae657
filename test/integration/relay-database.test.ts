import type { LedgerEntry } from '../../services/exchange-relay/core/ledger-entry';
import { createDispatchDue } from '../../services/exchange-relay/sql/dispatch-due';
import { createMeasureDepth } from '../../services/exchange-relay/sql/exchange-depth';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createFindKnownMessages } from '../../services/exchange-relay/sql/known-messages';
import { createRelayOffsets } from '../../services/exchange-relay/sql/relay-offsets';
import type { Database } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { DEST_ADDR_SPELLINGS, spellDestAddr } from '../../shared/sms/dest-addr';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onEachEngine } from '../support/test-engines';

const AT = { topic: 'sms.send', partition: 0 };
const MAPPING = loadExchangeMapping();
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
  ...change,
});

onEachEngine('the relay’s statements', (engine) => {
  let database: TestDatabase;
  /** With the rights of the relay; tests prepare and check as the owner. */
  let relay: Database;
  beforeAll(async () => {
    database = await createTestDatabase(MAPPING, engine);
    relay = (await database.login('sms_relay')).db;
  });
  afterEach(() => database.empty());
  afterAll(() => database.drop());

  /**
   * Hands over as the relay does. On Oracle a row that another session enters at the same time ends
   * the transaction; the next one finds it.
   */
  const handOver = async (entries: readonly LedgerEntry[]): Promise<readonly string[]> => {
    try {
      const refused = await inTransaction(relay, (tx) => createHandOver(relay.engine, MAPPING)(tx, entries, now));
      return refused.map(({ messageId }) => messageId);
    } catch (error) {
      if (!['DB_UNIQUE', 'DB_LOCKED'].includes((error as { code: string }).code)) throw error;
      return handOver(entries);
    }
  };
  const exchange = async (): Promise<string[]> => {
    const rows = await database.run<{ message_id: string }>(
      'SELECT t.message_id FROM client_sms_send c JOIN sm_send_t t ON t.msg_id = c.msg_id ORDER BY c.seq_id',
    );
    return rows.map(({ message_id }) => message_id);
  };
  const ledger = async () => {
    const rows = await database.run<{ message_id: string; status: string; handed_at: unknown; final_at: unknown }>(
      'SELECT message_id, status, handed_at, final_at FROM sm_send_t ORDER BY message_id',
    );
    return rows.map(
      (row) => `${row.message_id} ${row.status}${row.handed_at ? ' handed' : ''}${row.final_at ? ' final' : ''}`,
    );
  };
  /** Enters a row as the table interface leaves it. */
  const enter = (messageId: string, appId: string, status: string, finalAt: Date | null = null) =>
    database.run(
      `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, final_at, source)
       VALUES ($1, $2, '1', 'x', $3, $4, $5, 'table')`,
      [messageId, appId, status, new Date(), finalAt],
    );

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
    const rows = await database.run(
      `SELECT app_id, ext_code, dest_addr, content, msg_fmt, priority, need_report, send_time, valid_time, create_time
         FROM client_sms_send WHERE msg_id = (SELECT msg_id FROM sm_send_t WHERE message_id = 'b')`,
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
        send_time: null,
        valid_time: new Date(now + 3_600_000),
        create_time: new Date(now),
      },
    ]);
  });

  it('hold the longest texts of the widest characters, and report a longer one as a fault of the data', async () => {
    const wide = (characters: number): string => '😀'.repeat(characters);
    const longest = entry('m'.repeat(64), {
      appId: wide(32),
      destAddr: wide(20),
      extCode: wide(20),
      content: wide(1000),
    });
    const texts = { content: longest.content, context: wide(512), reason: wide(32) };
    expect(await handOver([longest, entry('refused', { ...texts, status: 'REJECTED' })])).toEqual([]);
    expect(await exchange()).toEqual([longest.messageId]);
    expect(
      await database.run('SELECT content, context, reason FROM sm_send_t WHERE message_id = $1', ['refused']),
    ).toEqual([texts]);
    for (const change of [{ content: wide(1001) }, { destAddr: '1'.repeat(21) }, { context: 'x'.repeat(513) }])
      await expect(handOver([entry('a'), entry('b', change)])).rejects.toMatchObject({ code: 'DB_DATA' });
    expect(await exchange()).toHaveLength(1);
  });

  it('send nothing twice, even after the province has taken the row', async () => {
    await handOver([entry('a'), entry('b')]);
    await database.run('DELETE FROM client_sms_send');
    expect([...(await handOver([entry('a'), entry('b'), entry('c')]))].sort()).toEqual(['a', 'b']);
    expect(await exchange()).toEqual(['c']);
  });

  it("take a row of the table interface once, unless it was cancelled; another application's is another message", async () => {
    await enter('cancelled', 'billing', 'CANCELLED', new Date());
    await enter('new', 'billing', 'NEW');
    await enter('other', 'portal', 'QUEUED');
    await enter('queued', 'billing', 'QUEUED');
    const batch = ['cancelled', 'new', 'other', 'queued'].map((id) => entry(id));
    expect([...(await handOver(batch))].sort()).toEqual(['cancelled']);
    expect(await handOver(batch)).toHaveLength(4);
    expect((await exchange()).sort()).toEqual(['new', 'other', 'queued']);
    const known = await createFindKnownMessages(relay.engine)(relay, ['other', 'unknown']);
    expect(known.map(({ appId }) => appId).sort()).toEqual(['billing', 'portal']);
  });

  it("keep ids apart by application: no id takes, forestalls or displaces another's message", async () => {
    await enter('squatted', 'portal', 'CANCELLED', new Date());
    await enter('squatted', 'outage', 'QUEUED');
    await handOver([entry('squatted', { appId: 'alpha', status: 'REJECTED', reason: 'RECIPIENT_INVALID' })]);
    expect(await handOver([entry('squatted'), entry('squatted', { appId: 'outage' })])).toEqual([]);
    expect(await handOver([entry('squatted')])).toEqual(['squatted']);
    expect(await exchange()).toEqual(['squatted', 'squatted']);
    const rows = await database.run<{ app_id: string; status: string }>(
      'SELECT app_id, status FROM sm_send_t ORDER BY app_id',
    );
    expect(rows.map(({ app_id, status }) => `${app_id} ${status}`)).toEqual([
      'alpha REJECTED',
      'billing HANDED',
      'outage HANDED',
      'portal CANCELLED',
    ]);
  });

  it('give every message an id for the province: 20 digits and capitals, in order, also from the table and for a scheduled time', async () => {
    await enter('row', 'billing', 'QUEUED');
    await handOver([entry('a'), entry('row'), entry('timed', { status: 'SCHEDULED', scheduledAt: now + 1 })]);
    await inTransaction(relay, (tx) => createDispatchDue(relay.engine, MAPPING)(tx, 10, now + 10));
    const given = await database.run<{ msg_id: string }>('SELECT msg_id FROM client_sms_send ORDER BY msg_id');
    expect(given.every(({ msg_id }) => /^[0-9A-HJKMNP-TV-Z]{20}$/.test(msg_id))).toBe(true);
    const entered = await database.run<{ msg_id: string }>('SELECT msg_id FROM sm_send_t ORDER BY msg_id');
    expect(entered).toEqual(given);
    expect(given).toHaveLength(3);
  });

  it('do not send a message that is cancelled while they wait for it', async () => {
    await enter('a', 'billing', 'QUEUED');
    await enter('b', 'billing', 'QUEUED');
    const cancelled = `UPDATE sm_send_t SET status = 'CANCELLED', final_at = created_at WHERE message_id = 'a'`;
    let waiting: Promise<readonly string[]> | undefined;
    await inTransaction(database.db, async ({ query, oracle }) => {
      await (engine === 'pg' ? query(cancelled) : oracle.execute(cancelled));
      waiting = handOver([entry('a'), entry('b'), entry('c')]);
      while ((await database.lockWaiters()) === 0);
    });
    expect(await waiting).toEqual(['a']);
    expect((await exchange()).sort()).toEqual(['b', 'c']);
  });

  it('take a row that another session is inserting once it is committed', async () => {
    let waiting: Promise<readonly string[]> | undefined;
    await inTransaction(database.db, async ({ query, oracle }) => {
      const insert = `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, source)
        VALUES ('b', 'billing', '1', 'x', 'QUEUED', CURRENT_TIMESTAMP, 'table')`;
      await (engine === 'pg' ? query(insert) : oracle.execute(insert));
      waiting = handOver([entry('a'), entry('b'), entry('c')]);
      while ((await database.lockWaiters()) === 0);
    });
    expect(await waiting).toEqual([]);
    expect((await exchange()).sort()).toEqual(['a', 'b', 'c']);
  });

  it('enter nothing twice that another session took while they waited, even when the province has deleted its row', async () => {
    await enter('a', 'billing', 'NEW');
    let waiting: Promise<readonly string[]> | undefined;
    await inTransaction(relay, async (tx) => {
      expect(await createHandOver(relay.engine, MAPPING)(tx, [entry('a')], now)).toEqual([]);
      waiting = handOver([entry('a'), entry('b')]);
      while ((await database.lockWaiters()) === 0);
    });
    await database.run(
      "DELETE FROM client_sms_send WHERE msg_id = (SELECT msg_id FROM sm_send_t WHERE message_id = 'a')",
    );
    expect(await waiting).toEqual(['a']);
    expect(await exchange()).toEqual(['b']);
  });

  it('send once when two hand-overs with the same messages wait for each other', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `m-${String(index).padStart(4, '0')}`);
    const refused = await Promise.all(Array.from({ length: 4 }, () => handOver(ids.map((id) => entry(id)))));
    expect(refused.map((of) => of.length).sort()).toEqual([0, 200, 200, 200]);
    expect(await exchange()).toHaveLength(200);
  });

  it('dispatch due messages once among several instances, and end those that have expired', async () => {
    await handOver([
      entry('due', { status: 'SCHEDULED', scheduledAt: now + 1 }),
      entry('late', { status: 'SCHEDULED', scheduledAt: now + 1, expiresAt: now + 2, context: 'mine' }),
      entry('later', { status: 'SCHEDULED', scheduledAt: now + 60_000 }),
    ]);
    const dispatchDue = createDispatchDue(relay.engine, MAPPING);
    const outcomes = await Promise.all([1, 2].map(() => inTransaction(relay, (tx) => dispatchDue(tx, 10, now + 10))));
    expect(outcomes.map(({ handed }) => handed).sort()).toEqual([0, 1]);
    expect(outcomes.flatMap(({ expired }) => expired)).toEqual([
      { messageId: 'late', appId: 'billing', destAddr: '8613800138000', context: 'mine' },
    ]);
    expect(await exchange()).toEqual(['due']);
    expect(await ledger()).toEqual(['due HANDED handed', 'late EXPIRED final', 'later SCHEDULED']);
    // a duplicate of a scheduled record does not send it again, and does not change one that waits
    expect(await handOver([entry('due')])).toEqual(['due']);
    expect(await handOver([entry('later', { status: 'SCHEDULED', scheduledAt: now + 1 })])).toEqual(['later']);
  });

  it('dispatch up to the limit, and leave the rest to another instance at once', async () => {
    const due = ['a', 'b', 'c', 'd'].map((id, index) =>
      entry(id, { status: 'SCHEDULED', scheduledAt: now + index + 1 }),
    );
    await handOver(due);
    const dispatchDue = createDispatchDue(relay.engine, MAPPING);
    await inTransaction(relay, async (tx) => {
      expect(await dispatchDue(tx, 2, now + 10)).toEqual({ handed: 2, expired: [] });
      const other = await inTransaction(relay, (second) => dispatchDue(second, 10, now + 10));
      expect(other).toEqual({ handed: 2, expired: [] });
      expect(await exchange()).toEqual(['c', 'd']);
    });
    expect((await exchange()).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keep the offset row once it exists, and let one transaction at a time advance it', async () => {
    const offsets = createRelayOffsets(relay.engine);
    const both = new Map([
      [0, 5],
      [1, 7],
    ]);
    expect(await offsets.load(relay, 'g', AT.topic, both)).toEqual(both);
    expect(await offsets.load(relay, 'g', AT.topic, new Map([[0, 99]]))).toEqual(new Map([[0, 5]]));
    const order: string[] = [];
    let second: Promise<void> | undefined;
    await inTransaction(relay, async (tx) => {
      await offsets.lock(tx, 'g', [AT]);
      second = inTransaction(relay, async (other) => {
        const next = await offsets.lock(other, 'g', [AT]);
        order.push(`second sees ${next.get(0)}`);
      });
      // its statement has reached the server and waits there
      while ((await database.lockWaiters()) === 0);
      await offsets.advance(tx, 'g', [{ ...AT, nextOffset: 42 }], []);
      order.push('first done');
    });
    await second;
    expect(order).toEqual(['first done', 'second sees 42']);
  });

  it('create the offset rows once, when several start together', async () => {
    const offsets = createRelayOffsets(relay.engine);
    const many = new Map(Array.from({ length: 30 }, (_, partition) => [partition, partition]));
    const loaded = await Promise.all(Array.from({ length: 4 }, () => offsets.load(relay, 'g', AT.topic, many)));
    expect(loaded).toEqual([many, many, many, many]);
  });

  it('tell which messages only the history has', async () => {
    const offsets = createRelayOffsets(relay.engine);
    await offsets.load(relay, 'g', AT.topic, new Map([[0, 0]]));
    await database.run(
      `INSERT INTO sm_send_t_log (msg_id, message_id, app_id, dest_addr, content, status, created_at, archived_at)
       VALUES ('old', 'old', 'billing', '1', 'x', 'DELIVERED', $1, $1)`,
      [new Date()],
    );
    const ids = ['new', 'old', ...Array.from({ length: 1500 }, (_, index) => `new-${index}`)];
    expect(await offsets.advance(relay, 'g', [{ ...AT, nextOffset: 3 }], ids)).toEqual([
      { messageId: 'old', appId: 'billing' },
    ]);
    expect(await offsets.load(relay, 'g', AT.topic, new Map([[0, 0]]))).toEqual(new Map([[0, 3]]));
  });

  it.each(DEST_ADDR_SPELLINGS)(
    'write numbers for the province as the exchange file demands (%s), at once and when scheduled',
    async (destAddr) => {
      const numbers = [
        '8613800138000',
        '861064812345678',
        '861062345678',
        '8657187654321',
        '864008001234',
        '6591234567',
      ];
      numbers.push('+13025551234', '85251234567');
      const mapping = { ...MAPPING, destAddr };
      // a process has one exchange file; a connection refuses two texts for one prepared statement
      const own = (await database.login('sms_relay')).db;
      const entries = numbers.flatMap((number) => [
        entry(`a${number}`, { destAddr: number }),
        entry(`b${number}`, { destAddr: number, status: 'SCHEDULED', scheduledAt: now - 1 }),
      ]);
      const sorted = [...entries].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
      expect(await inTransaction(own, (tx) => createHandOver(own.engine, mapping)(tx, sorted, now))).toEqual([]);
      expect((await inTransaction(own, (tx) => createDispatchDue(own.engine, mapping)(tx, 100, now))).handed).toBe(
        numbers.length,
      );
      const rows = await database.run<{ message_id: string; dest_addr: string }>(
        'SELECT t.message_id, c.dest_addr FROM client_sms_send c JOIN sm_send_t t ON t.msg_id = c.msg_id',
      );
      const written = Object.fromEntries(rows.map(({ message_id, dest_addr }) => [message_id, dest_addr]));
      expect(written).toEqual(
        Object.fromEntries(
          entries.map(({ messageId, destAddr: number }) => [messageId, spellDestAddr(number, destAddr) ?? number]),
        ),
      );
      const ledger = await database.run<{ dest_addr: string }>('SELECT DISTINCT dest_addr FROM sm_send_t');
      expect(ledger.map(({ dest_addr }) => dest_addr).sort()).toEqual([...numbers].sort());
    },
  );

  it('report how a message ended that was never handed over, also from the history, and nothing about one that was', async () => {
    const ends = [
      ['rejected', 'REJECTED', 'APP_DISABLED', null, new Date(now)],
      ['expired', 'EXPIRED', 'EXPIRED', null, new Date(now)],
      ['cancelled', 'CANCELLED', 'CANCELLED', null, new Date(now)],
      ['not-announced', 'CANCELLED', 'CANCELLED', null, null],
      ['expired-there', 'EXPIRED', null, new Date(now - 1), new Date(now)],
      ['scheduled', 'SCHEDULED', null, null, null],
    ];
    const columns =
      'message_id, app_id, dest_addr, content, context, created_at, source, status, reason, handed_at, final_at';
    const values = `$1, 'billing', '?', 'x', 'bill 7', $6, 'kafka', $2, $3, $4, $5`;
    for (const end of ends) {
      await database.run(`INSERT INTO sm_send_t (${columns}) VALUES (${values})`, [...end, new Date(now)]);
      await database.run(`INSERT INTO sm_send_t_log (${columns}, archived_at, msg_id) VALUES (${values}, $6, $1)`, [
        ...end,
        new Date(now),
      ]);
    }
    const ids = ends.map(([id]) => id as string);
    const offsets = createRelayOffsets(relay.engine);
    await offsets.load(relay, 'g', AT.topic, new Map([[0, 0]]));
    const told = [
      await createFindKnownMessages(relay.engine)(relay, ids),
      await offsets.advance(relay, 'g', [{ ...AT, nextOffset: 1 }], ids),
    ].map((messages) =>
      messages.flatMap(({ messageId, appId, ended }) => (ended === undefined ? [] : [{ messageId, appId, ended }])),
    );
    const expected = ends.slice(0, 3).map(([messageId, status, reason]) => ({
      messageId,
      appId: 'billing',
      ended: { status, reason, destAddr: null, context: 'bill 7', endedAt: now },
    }));
    for (const messages of told) {
      expect(messages).toHaveLength(3);
      expect(messages).toEqual(expect.arrayContaining(expected));
    }
  });

  it('measure the depth of the exchange table up to the requested limit', async () => {
    const measure = createMeasureDepth(relay, MAPPING);
    expect(await measure(10)).toEqual({ rows: 0, oldestMs: 0 });
    await inTransaction(relay, (tx) =>
      createHandOver(relay.engine, MAPPING)(
        tx,
        ['a', 'b', 'c'].map((id) => entry(id)),
        Date.now() - 60_000,
      ),
    );
    expect((await measure(10)).rows).toBe(3);
    expect((await measure(2)).rows).toBe(2);
    expect((await measure(2)).oldestMs).toBeGreaterThanOrEqual(60_000);
  });
});
