import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runArchive } from '../../services/archiver/archive-batch';
import { createMeasureDepth } from '../../services/exchange-relay/sql/exchange-depth';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { msgIds } from '../support/handed-messages';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { archivePorts, LIMITS, running } from './archiver-world';
import { useCollector } from './collector-world';
import { openSimulatorWorld } from './simulator-world';

const QUOTED = "O'Neil''s; DROP TABLE client_sms_send --";

/**
 * A province that has only the required columns, fills two constant columns of its own, and marks
 * rows as taken.
 */
const FEW = {
  columns: {
    send: {
      appId: null,
      extCode: null,
      msgFmt: null,
      priority: null,
      needReport: null,
      sendTime: null,
      validTime: null,
    },
    resp: { resultDesc: null, respTime: null },
    report: { msgId: null, destAddr: null, errCode: null, submitTime: null, doneTime: null },
    recv: { msgFmt: null, recvTime: null },
  },
  send: {
    constants: { SERVICE_ID: QUOTED, FEE_TYPE: 2 },
    taken: { column: 'STATUS', values: [1, 2], purgeAfterHours: 1 },
  },
};

const HOUR = 3_600_000;
const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-columns-'));
const exchangeFile = join(directory, 'exchange.json');
writeFileSync(exchangeFile, JSON.stringify(FEW));
const mapping = loadExchangeMapping(exchangeFile);
afterAll(() => rmSync(directory, { recursive: true }));

const entry = (messageId: string) => ({
  messageId,
  appId: 'billing',
  extCode: '01',
  destAddr: '8613800138000',
  content: 'x',
  priority: 1,
  needReport: true,
  context: null,
  status: 'HANDED' as const,
  reason: null,
  scheduledAt: null,
  expiresAt: Date.now() + HOUR,
  createdAt: Date.now(),
  partCount: 1,
});

onEachEngine('a province that lacks columns, wants constants and marks what it takes', (engine) => {
  const { collector, events, ledger, resp, report, recv, states, database } = useCollector(engine, mapping);

  it('gets rows with its columns and constants; rows marked as taken do not count as waiting, and are deleted when the file asks for it', async () => {
    const relay = (await database().login('sms_relay')).db;
    const now = Date.now();
    const handOver = createHandOver(relay.engine, mapping);
    await inTransaction(relay, (tx) => handOver(tx, [entry('a'), entry('b'), entry('c')], now - 3 * HOUR));
    const named = await msgIds(database().run);
    const [a, b, c] = ['a', 'b', 'c'].map((id) => named.get(id));
    expect(await database().run('SELECT * FROM client_sms_send ORDER BY seq_id')).toMatchObject(
      [a, b, c].map((msg_id) => ({ msg_id, content: 'x', service_id: QUOTED, status: null })),
    );
    const depth = createMeasureDepth(relay, mapping);
    expect(await depth(10)).toMatchObject({ rows: 3 });
    await database().run('UPDATE client_sms_send SET status = 1 WHERE msg_id = $1', [a]);
    await database().run('UPDATE client_sms_send SET status = 0, create_time = $1 WHERE msg_id = $2', [
      new Date(now - HOUR),
      b,
    ]);
    await database().run('UPDATE client_sms_send SET status = 2, create_time = $1 WHERE msg_id = $2', [
      new Date(now),
      c,
    ]);
    const { rows, oldestMs } = await depth(10);
    expect(rows).toBe(1);
    expect(oldestMs).toBeGreaterThanOrEqual(HOUR);
    expect(oldestMs).toBeLessThan(2 * HOUR);

    const archiver = (await database().login('sms_archiver')).db;
    const outcome = await runArchive(
      archivePorts(archiver, {}, () => undefined, mapping),
      LIMITS,
      running,
    );
    expect(outcome).toMatchObject({ kind: 'ran', run: { outcome: 'ok', counts: { purgedTaken: 1 } } });
    const left = await database().run('SELECT msg_id FROM client_sms_send ORDER BY msg_id');
    expect(left).toEqual([{ msg_id: b }, { msg_id: c }]);
  });

  it('sends replies and received messages', async () => {
    await ledger('a');
    await resp({ msg_id: 'a', gateway_msg_id: 'g1', result: '0' });
    const { batch } = collector();
    expect(await batch('resp')).toEqual({ rows: 1, outcomes: { submitted: 1 } });
    await report({ gateway_msg_id: 'G1', stat: 'DELIVRD' }, { gateway_msg_id: null, stat: 'DELIVRD' });
    expect(await batch('report')).toEqual({ rows: 2, outcomes: { delivered: 1, set_aside: 1 } });
    await recv({ src_addr: '13800138000', dest_addr: '10698001', content: '收到' });
    expect(await batch('recv')).toEqual({ rows: 1, outcomes: { received: 1 } });
    expect(await states()).toMatchObject([{ message_id: 'a', status: 'DELIVERED', final: true }]);
    const { statuses, received, letters } = await events().take();
    expect(statuses).toMatchObject([
      { status: 'SUBMITTED', gatewayMessage: null },
      { status: 'DELIVERED', gatewayMessage: null },
    ]);
    expect(received).toMatchObject([{ content: '收到', appId: 'billing' }]);
    // a dead letter names only existing columns
    expect(letters).toMatchObject([{ headers: { reason: 'ROW_VALUE_MISSING' } }]);
    expect(Object.keys(letters[0]?.row ?? {})).toEqual(['SEQ_ID', 'GATEWAY_MSG_ID', 'STAT']);
    expect(letters[0]?.headers.message).toMatch(/^GATEWAY_MSG_ID is empty/);
  });

  it('is played by the simulator: each row is taken once, and stays', async () => {
    const world = await openSimulatorWorld(engine, exchangeFile);
    try {
      await world.handOver('m', 50);
      const env = { EXCHANGE_FILE: exchangeFile, SIMULATOR_SUBMIT_MS: '0', SIMULATOR_REPORT_MS: '0', TZ: 'UTC' };
      world.start(env);
      world.start(env);
      await waitUntil('all answers', () => world.allAnswered(50));
      expect(await world.count('gateway_journal')).toBe(50);
      const marked = await world.database.run('SELECT msg_id FROM client_sms_send WHERE status = 1');
      expect(marked).toHaveLength(50);
      const answers = await world.database.run('SELECT DISTINCT msg_id FROM client_sms_resp');
      expect(answers).toHaveLength(50);
    } finally {
      await world.close();
    }
  });
});
