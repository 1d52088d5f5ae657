import fc from 'fast-check';
import { createLockMessages } from '../../services/report-collector/adapters/lock-messages';
import { toGatewayKey } from '../../services/report-collector/core/gateway-key';
import { inTransaction } from '../../services/shared/database/transaction';
import { onEachEngine } from '../support/test-engines';
import { useCollector } from './collector-world';

const HOUR = 3_600_000;
const now = Date.now();
const at = (ms: number): Date => new Date(ms);

onEachEngine('which message a report means', (engine) => {
  const { collector, login, ledger, message, into, report, states } = useCollector(engine);

  it('of several with one gateway id, the newest is meant within the window, unless the number says otherwise', async () => {
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
    );
    await batch('report');
    expect((await states()).map(({ message_id, status }) => `${message_id} ${status}`)).toEqual([
      'new SUBMITTED',
      'newest DELIVERED',
      'old SUBMITTED',
      'older DELIVERED',
    ]);
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
    const wanted = { msgIds: [], gatewayKeys: [...byKey.keys()], sentAfter: now - HOUR };
    const found = await inTransaction(login().db, (tx) => createLockMessages(engine, false)(tx, 'day', wanted));
    expect(found.map(({ gatewayMsgId }) => gatewayMsgId).sort()).toEqual([...ids].sort());
  });
});
