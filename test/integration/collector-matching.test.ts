import fc from 'fast-check';
import { createLockMessages } from '../../services/report-collector/adapters/lock-messages';
import { toGatewayKey } from '../../services/report-collector/core/gateway-key';
import { inTransaction } from '../../services/shared/database/transaction';
import { loadExchangeNames } from '../../services/shared/exchange/exchange-names';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const HOUR = 3_600_000;
const now = Date.now();
const at = (ms: number): Date => new Date(ms);

onEachEngine('which message a report means', (engine) => {
  const { collector, login, ledger, message, into, resp, report, states } = useCollector(engine);

  const short = async () => (await states()).map(({ message_id, status }) => `${message_id} ${status}`);

  it('of several with one gateway id, the newest to the number is meant within the window', async () => {
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
    'a group of %d has one gateway id: each report goes to the number it names, and to nobody else',
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

  it('a report about one of a group whose submit result is not there yet waits for it, and is not the others’', async () => {
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

  it('a message is found by every id of its submit results, today and in the history; one that says nothing is none', async () => {
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

  it('ids that are hexadecimal in one table and decimal in the other are one', async () => {
    const hex = {
      ...loadExchangeNames(),
      codes: { ...loadExchangeNames().codes, gatewayMsgId: 'hex-decimal' as const },
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

  it('a message is found by its key, however the gateway spells its id', async () => {
    const spelt = fc.sample(
      fc.string({ unit: fc.constantFrom('0', 'a', 'Z', 'ß', 'ı', 'İ', 'é', '短', '_', '9'), maxLength: 12 }),
      500,
    );
    // of one key so many that all of them are looked at
    const byKey = new Map(spelt.map((id) => [toGatewayKey(id) ?? '', id]));
    byKey.delete('');
    const ids = [...byKey.values()];
    await into('sm_send_t')(...ids.map((id, no) => message(`m-${no}`, { gateway_msg_id: id, submitted_at: at(now) })));
    const wanted = { messageIds: [], gatewayKeys: [...byKey.keys()], sentAfter: now - HOUR };
    const found = await inTransaction(login().db, (tx) => createLockMessages(engine, false)(tx, 'day', wanted));
    expect(found.map(({ gatewayMsgId }) => gatewayMsgId).sort()).toEqual([...ids].sort());
  });
});
