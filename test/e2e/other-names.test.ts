import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/** Another province: its own tables, columns, codes and access number. */
const OTHER = {
  tables: { send: 'SMS_OUT', resp: 'SMS_OUT_ANSWER', report: 'SMS_OUT_STATE', recv: 'SMS_IN' },
  columns: {
    send: {
      seqId: 'ID',
      msgId: 'SMS_ID',
      appId: 'SYS',
      extCode: 'EXT',
      destAddr: 'PHONE',
      content: 'BODY',
      createTime: 'MADE',
    },
    resp: { seqId: 'ID', msgId: 'SMS_ID', gatewayMsgId: 'GW_ID', result: 'RC', resultDesc: 'RC_TEXT', respTime: 'AT' },
    report: { seqId: 'ID', gatewayMsgId: 'GW_ID', msgId: 'SMS_ID', destAddr: 'PHONE', stat: 'STATE', errCode: 'ERR' },
    recv: { seqId: 'ID', srcAddr: 'PHONE', destAddr: 'TO_NUMBER', content: 'BODY', msgFmt: 'FMT', recvTime: 'AT' },
  },
  codes: {
    msgFmt: 15,
    submitSuccess: '^OK$',
    report: [
      { pattern: '^ARRIVED$', status: 'DELIVERED', isFinal: true },
      { pattern: '^GONE$', status: 'UNDELIVERED', isFinal: true },
    ],
  },
  accessNumber: '95598',
};

onOneEngine('a province with other names', (engine) => {
  let world: BridgeWorld;
  const directory = mkdtempSync(join(tmpdir(), 'sms-bridge-names-'));
  beforeAll(async () => {
    const exchangeFile = join(directory, 'exchange.json');
    writeFileSync(exchangeFile, JSON.stringify(OTHER));
    world = await createBridgeWorld({ exchangeFile, engine });
  });
  afterAll(async () => {
    await world.close();
    rmSync(directory, { recursive: true });
  });

  it('gets its messages, and its replies and received messages arrive', async () => {
    expect(loadExchangeMapping(join(directory, 'exchange.json')).tables.send).toBe('SMS_OUT');
    world.start('exchange-relay');
    world.start('report-collector');
    world.start('gateway-simulator', {
      SIMULATOR_SUBMIT_OK_CODE: 'OK',
      SIMULATOR_SUBMIT_FAILED_RATIO: '0',
      SIMULATOR_SUBMIT_MS: '0-50',
      SIMULATOR_REPORT_CODES: 'ARRIVED=9,GONE=1',
      SIMULATOR_REPORT_MS: '0-100',
      SIMULATOR_INTERIM_REPORT_RATIO: '0',
      SIMULATOR_LATE_REPORT_RATIO: '0',
      SIMULATOR_UNKNOWN_REPORT_RATIO: '0',
      SIMULATOR_REPLY_RATIO: '0.2',
      SIMULATOR_REPLY_MS: '0-50',
    });
    await world.publish(manyMessages('m', 300));
    const finals = await waitUntil('300 final events', async () => {
      const events = (await world.read('status')).map(({ value }) => world.codecs.status.decode(value));
      const ended = new Map(
        events.flatMap((read) =>
          read.ok && read.value.isFinal ? [[read.value.messageId, read.value.status] as const] : [],
        ),
      );
      return ended.size === 300 && ended;
    });
    expect(new Set(finals.values())).toEqual(new Set(['DELIVERED', 'UNDELIVERED']));
    const rows = await world.database.run<{ n: string }>('SELECT count(*) AS n FROM sms_out');
    expect(rows.map(({ n }) => ({ n: String(n) }))).toEqual([{ n: '0' }]);
    const received = await waitUntil('the replies of one in five', async () => {
      const read = (await world.read('received')).map(({ value }) => world.codecs.received.decode(value));
      return read.length > 20 && read;
    });
    for (const read of received)
      expect(read).toMatchObject({ ok: true, value: { to: '9559801', appId: 'billing', extCode: '01' } });
    expect(await world.read('deadLetter')).toEqual([]);
  });
});
