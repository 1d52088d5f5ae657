import fc from 'fast-check';
import { createLockMessages } from '../../services/report-collector/sql/lock-messages';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toGatewayKey } from '../../shared/ledger/gateway-key';
import { toMsgId } from '../../shared/sms/msg-id';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const HOUR = 3_600_000;
const now = Date.now();
const at = (ms: number): Date => new Date(ms);

onEachEngine('the message that a report means', (engine) => {
  const { collector, database, events, login, ledger, message, into, resp, report, states } = useCollector(engine);

  const short = async () => (await states()).map(({ message_id, status }) => `${message_id} ${status}`);

  it('is the newest to the number within the window, of several with one gateway id', async () => {
    const used = (id: string, hours: number, number = '8613800138000') =>
      ledger(id, {
        status: 'SUBMITTED',
        gateway_msg_id: 'same',
        submitted_at: at(now - hours * HOUR),
        handed_at: at(now - hours * HOUR),
        dest_addr: number,
      });
    await used('old', 100);
    await used('older', 50, '8613900139000');
    await used('newest', 1);
    await used('new', 2);
    await report({ gateway_msg_id: 'SAME', dest_addr: '13800138000', stat: 'DELIVRD' });
    const { batch } = collector();
    await batch('report');
    expect((await states()).map(({ message_id, status }) => `${message_id} ${status}`)).toEqual([
      'new SUBMITTED',
      'newest DELIVERED',
      'old SUBMITTED',
      'older SUBMITTED',
    ]);
    await report(
      { gateway_msg_id: 'same', dest_addr: '+8613900139000', stat: 'DELIVRD' },
      { gateway_msg_id: 'same', dest_addr: '999', stat: 'UNDELIV' },
      { gateway_msg_id: 'same', dest_addr: '13700137000', stat: 'UNDELIV' },
      { gateway_msg_id: 'same', stat: 'UNDELIV' },
    );
    expect(await batch('report')).toMatchObject({ outcomes: { delivered: 1, waiting: 3 } });
    expect((await states()).map(({ message_id, status }) => `${message_id} ${status}`)).toEqual([
      'new SUBMITTED',
      'newest DELIVERED',
      'old SUBMITTED',
      'older DELIVERED',
    ]);
  });

  it.each([9, 120])(
    'is found by its number in a group of %d that share one gateway id, and no other member takes the report',
    async (size) => {
      const number = (no: number) => `138001${String(38_000 + no)}`;
      const group = Array.from({ length: size }, (_, no) => no);
      await into('sm_send_t')(
        ...group.map((no) =>
          message(`g-${String(no).padStart(3, '0')}`, { dest_addr: `86${number(no)}`, handed_at: at(now - HOUR) }),
        ),
      );
      const { batch } = collector();
      for (const no of group.slice(0, 2)) {
        await collector({ now: () => now - (size - no) * 1000 }).batch('resp');
        await resp({ msg_id: `g-${String(no).padStart(3, '0')}`, gateway_msg_id: '00Group1', result: '0' });
      }
      await resp(
        ...group
          .slice(2)
          .map((no) => ({ msg_id: `g-${String(no).padStart(3, '0')}`, gateway_msg_id: '00Group1', result: '0' })),
      );
      await batch('resp');
      await report({ gateway_msg_id: 'GROUP1', dest_addr: number(0), stat: 'UNDELIV' });
      await report({ gateway_msg_id: 'GROUP1', dest_addr: '13700137000', stat: 'UNDELIV' });
      await report({ gateway_msg_id: 'GROUP1', stat: 'UNDELIV' });
      expect(await batch('report')).toMatchObject({ outcomes: { undelivered: 1, waiting: 2 } });
      expect(await short()).toEqual(
        group.map((no) => `g-${String(no).padStart(3, '0')} ${no === 0 ? 'UNDELIVERED' : 'SUBMITTED'}`),
      );
      await report(
        ...group.slice(1).map((no) => ({ gateway_msg_id: 'group1', dest_addr: number(no), stat: 'DELIVRD' })),
      );
      await batch('report');
      expect(new Set((await short()).slice(1).map((line) => line.split(' ')[1]))).toEqual(new Set(['DELIVERED']));
    },
  );

  it("is waited for when a group's member has no submit result yet; no other member gets the report", async () => {
    await ledger('first', { status: 'SUBMITTED', gateway_msg_id: 'g', submitted_at: at(now) });
    await ledger('second', { dest_addr: '8613900139000' });
    await report({ gateway_msg_id: 'g', dest_addr: '13900139000', stat: 'UNDELIV' });
    let clock = now;
    const { batch } = collector({ now: () => clock });
    await batch('report');
    await resp({ msg_id: 'second', gateway_msg_id: 'G', result: '0' });
    await batch('resp');
    clock += 100;
    await batch('wait');
    expect(await short()).toEqual(['first SUBMITTED', 'second UNDELIVERED']);
  });

  it('is found by every id of its submit results, in the live table and the history; an empty id finds none', async () => {
    await ledger('m');
    await into('sm_send_t')(message('n', { dest_addr: '8613900139000' }));
    const { batch } = collector();
    await resp(
      ...['000', '-', 'null', 'A1', 'B1'].map((gateway_msg_id) => ({ msg_id: 'm', gateway_msg_id, result: '0' })),
      { msg_id: 'n', gateway_msg_id: '0', result: '0' },
    );
    await batch('resp');
    await resp({ msg_id: 'm', gateway_msg_id: 'C1', result: '0' });
    await batch('resp');
    expect(await states()).toMatchObject([
      { message_id: 'm', gateway_msg_id: 'A1', part_count: 1 },
      { message_id: 'n', gateway_msg_id: null },
    ]);
    await report(
      { gateway_msg_id: '0', stat: 'UNDELIV' },
      { gateway_msg_id: '00c1', stat: 'DELIVRD' },
      { gateway_msg_id: 'null', stat: 'UNDELIV' },
    );
    expect(await batch('report')).toMatchObject({ outcomes: { delivered: 1, waiting: 2 } });
    expect(await short()).toEqual(['m DELIVERED', 'n SUBMITTED']);
  });

  it('is the same for a hexadecimal and a decimal spelling of its id', async () => {
    const hex = {
      ...loadExchangeMapping(),
      codes: { ...loadExchangeMapping().codes, gatewayMsgId: 'hex-decimal' as const },
    };
    await ledger('a');
    await ledger('b', { dest_addr: '8613900139000' });
    const { batch } = collector({}, hex);
    await resp(
      { msg_id: 'a', gateway_msg_id: '00f00000000000000a', result: '0' },
      { msg_id: 'b', gateway_msg_id: '6699', result: '0' },
    );
    await batch('resp');
    await report(
      { gateway_msg_id: '17293822569102704650', stat: 'DELIVRD' },
      { gateway_msg_id: '1A2B', stat: 'UNDELIV' },
    );
    await batch('report');
    expect(await short()).toEqual(['a DELIVERED', 'b UNDELIVERED']);
  });

  it('is found by its key, however the gateway spells its id', async () => {
    const spelt = fc.sample(
      fc.string({ unit: fc.constantFrom('0', 'a', 'Z', 'ß', 'ı', 'İ', 'é', '短', '_', '9'), maxLength: 12 }),
      500,
    );
    // so many of one key that a look-up reads them all
    const byKey = new Map(spelt.map((id) => [toGatewayKey(id) ?? '', id]));
    byKey.delete('');
    const ids = [...byKey.values()];
    await into('sm_send_t')(...ids.map((id, no) => message(`m-${no}`, { gateway_msg_id: id, submitted_at: at(now) })));
    const wanted = { msgIds: [], gatewayKeys: [...byKey.keys()], sentAfter: now - HOUR };
    const found = await inTransaction(login().db, (tx) => createLockMessages(engine, false)(tx, 'live', wanted));
    expect(found.map(({ gatewayMsgId }) => gatewayMsgId).sort()).toEqual([...ids].sort());
  });

  describe('when its MSG_ID returns altered', () => {
    const OURS = toMsgId(now * 1000, Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6, 5]), 0);
    const entered = (id: string, msgId: string) => into('sm_send_t')(message(id, { msg_id: msgId }));

    it.each([
      ['unchanged', OURS],
      ['padded', OURS.padEnd(40)],
      ['in lower case', OURS.toLowerCase()],
      ['cut to 16', OURS.slice(0, 16)],
      ['cut to 13 and padded', OURS.slice(0, 13).padEnd(20)],
    ])('is found for a submit result and a report: %s', async (_, written) => {
      await entered('m', OURS);
      await entered('other', toMsgId(now * 1000 + 1, new Uint8Array(9), 0));
      const { batch } = collector();
      await resp({ msg_id: written, gateway_msg_id: 'G', result: '0' });
      expect(await batch('resp')).toMatchObject({ outcomes: { submitted: 1 } });
      expect(await short()).toEqual(['m SUBMITTED', 'other HANDED']);
      await report({ msg_id: written, stat: 'DELIVRD' });
      await batch('report');
      await collector({ now: () => Date.now() + 60_000 }).batch('wait');
      expect(await short()).toEqual(['m DELIVERED', 'other HANDED']);
    });

    it("is found by a cut MSG_ID before the gateway's id, which may be an older message's", async () => {
      await entered('m', OURS);
      await into('sm_send_t')(message('older', { gateway_msg_id: 'G', status: 'SUBMITTED', submitted_at: at(now) }));
      await report({ msg_id: OURS.slice(0, 16), gateway_msg_id: 'g', stat: 'DELIVRD' });
      await collector().batch('report');
      await collector({ now: () => Date.now() + 60_000 }).batch('wait');
      expect(await short()).toEqual(['m DELIVERED', 'older SUBMITTED']);
    });

    it('is found in the history; when two have that beginning, the report is unmatched', async () => {
      const twin = `${OURS.slice(0, 14)}000000`;
      await into('sm_send_t_log')(message('old', { msg_id: OURS, archived_at: at(now) }));
      await resp({ msg_id: OURS.slice(0, 16), result: '0' });
      const { batch } = collector();
      expect(await batch('resp')).toMatchObject({ outcomes: { submitted: 1 } });
      await entered('twin', twin);
      await resp({ msg_id: OURS.slice(0, 13), result: '9' });
      expect(await batch('resp')).toMatchObject({ outcomes: { unmatched: 1 } });
      expect(await short()).toEqual(['twin HANDED']);
    });

    it("is found by its messageId in any case when it is older than the bridge's ids", async () => {
      await entered('Bill-1', 'Bill-1');
      await entered('BILL-2', 'BILL-2');
      await resp(
        { msg_id: 'Bill-1 ', result: '0' },
        { msg_id: 'bill-2', result: '0' },
        { msg_id: 'Bill-', result: '0' },
      );
      expect(await collector().batch('resp')).toMatchObject({ outcomes: { submitted: 2, unmatched: 1 } });
      expect(await short()).toEqual(['BILL-2 SUBMITTED', 'Bill-1 SUBMITTED']);
    });

    it("is kept apart from another application's with the same messageId: replies, segments and events", async () => {
      const theirs = toMsgId(now * 1000 + 1, new Uint8Array(9), 0);
      await into('sm_send_t')(
        message('same', { msg_id: OURS }),
        message('same', { msg_id: theirs, app_id: 'portal', dest_addr: '8613900139000' }),
      );
      await resp(
        { msg_id: theirs, gateway_msg_id: 'G2', result: '0' },
        { msg_id: OURS, gateway_msg_id: 'G1', result: '9' },
      );
      await report({ gateway_msg_id: 'G2', dest_addr: '13900139000', stat: 'DELIVRD' });
      const { batch } = collector();
      await batch('resp');
      await batch('report');
      const rows = await database().run<{ app_id: string; status: string }>(
        'SELECT app_id, status FROM sm_send_t ORDER BY app_id',
      );
      expect(rows).toEqual([
        { app_id: 'billing', status: 'SUBMIT_FAILED' },
        { app_id: 'portal', status: 'DELIVERED' },
      ]);
      const { statuses } = await events().take();
      expect(statuses.map(({ appId, messageId, status }) => `${appId} ${messageId} ${status}`)).toEqual([
        'portal same SUBMITTED',
        'billing same SUBMIT_FAILED',
        'portal same DELIVERED',
      ]);
      expect(new Set(statuses.map(({ eventId }) => eventId)).size).toBe(3);
    });
  });
});
