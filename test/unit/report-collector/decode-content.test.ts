import { decodeContent } from '../../../services/report-collector/core/decode-content';
import { planReceived } from '../../../services/report-collector/core/plan-received';
import { loadExchangeNames } from '../../../services/shared/exchange/exchange-names';

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
const ucs2 = (text: string): string => hex(Buffer.from(text, 'utf16le').swap16());

describe('CONTENT in hexadecimal digits', () => {
  it.each([
    ['UCS-2', '8', ucs2('收到，谢谢'), '收到，谢谢'],
    ['UCS-2 with an emoji', '8', ucs2('好👍'), '好👍'],
    ['UCS-2, small letters, padded', ' 8 ', ` ${ucs2('停电').toLowerCase()}  `, '停电'],
    ['GBK', '15', 'CDA3B5E7CDA8D6AA', '停电通知'],
    ['GBK and ASCII', '15', '5444', 'TD'],
    ['ASCII', '0', hex(Buffer.from('TD 123')), 'TD 123'],
    ['ISO-8859-1', '3', hex(Buffer.from('caf\u00e9', 'latin1')), 'caf\u00e9'],
    ['a part with a reference of one byte', '8', `050003A70201${ucs2('前半')}`, '前半'],
    ['a part with a reference of two bytes', '8', `06080412340202${ucs2('后半')}`, '后半'],
    ['a part in GBK', '15', '050003A70201CDA3B5E7', '停电'],
    ['nothing', '8', '', ''],
    ['U+0000 in it', '8', `${ucs2('a')}0000${ucs2('b')}`, 'ab'],
  ])('%s is read', (_, msgFmt, content, text) => expect(decodeContent(content, msgFmt)).toBe(text));

  it.each([
    ['binary', '4', '0102'],
    ['a format that nobody knows', '99', '4142'],
    ['no format', null, '4142'],
    ['a digit lost', '8', '62361'],
    ['text', '8', '收到'],
    ['half a character of UCS-2', '8', '623652'],
    ['half a pair of UTF-16', '8', 'D83D'],
    ['what GBK does not have', '15', 'FFFF'],
    ['half a character of GBK', '15', 'CDA3B5'],
    ['a character of GBK and a byte that it does not have', '15', 'CDA3FF'],
    ['a byte above ASCII', '0', 'E9'],
  ])('%s is not', (_, msgFmt, content) => expect(decodeContent(content, msgFmt)).toBeUndefined());

  it('becomes the text of the event where the exchange file says so, and what cannot be read goes on as it came', () => {
    const names = loadExchangeNames();
    const rules = {
      names: { ...names, codes: { ...names.codes, recvContent: 'hex' as const } },
      country: 'CN' as const,
    };
    const row = { id: '1', srcAddr: '13800138000', destAddr: '10698001', recvMs: 1, msgFmt: '8' };
    // 600 characters are 2400 digits: the text is measured, not they
    const rows = [
      { ...row, content: ucs2('电'.repeat(600)) },
      { ...row, content: 'D83D' },
      { ...row, content: null },
    ];
    const { received, outcomes, letters } = planReceived(rows, () => undefined, rules, 2);
    expect(received.map(({ content }) => content)).toEqual(['电'.repeat(600), 'D83D', '']);
    expect(outcomes).toEqual({ unrouted: 3, undecoded: 1 });
    expect(letters).toEqual([]);
    const asText = planReceived(rows.slice(0, 1), () => undefined, { ...rules, names }, 2);
    expect(asText.received[0]?.receivedId ?? asText.letters[0]?.row.id).toBeDefined();
  });
});
