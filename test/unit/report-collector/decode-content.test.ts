import { decodeContent } from '../../../services/report-collector/core/decode-content';
import { planReceived } from '../../../services/report-collector/core/plan-received';
import { stripHeader } from '../../../services/report-collector/core/segment-header';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();
const ucs2 = (text: string): string => hex(Buffer.from(text, 'utf16le').swap16());

describe('CONTENT in hexadecimal digits', () => {
  it.each([
    ['UCS-2', '8', ucs2('收到，谢谢'), '收到，谢谢'],
    ['UCS-2 with an emoji', '8', ucs2('好👍'), '好👍'],
    ['UCS-2, lower case, padded', ' 8 ', ` ${ucs2('停电').toLowerCase()}  `, '停电'],
    ['GBK', '15', 'CDA3B5E7CDA8D6AA', '停电通知'],
    ['GBK and ASCII', '15', '5444', 'TD'],
    ['ASCII', '0', hex(Buffer.from('TD 123')), 'TD 123'],
    ['ISO-8859-1', '3', hex(Buffer.from('caf\u00e9', 'latin1')), 'caf\u00e9'],
    ['a segment with a reference of one byte', '8', `050003A70201${ucs2('前半')}`, '前半'],
    ['a segment with a reference of two bytes', '8', `06080412340202${ucs2('后半')}`, '后半'],
    ['a segment in GBK', '15', '050003A70201CDA3B5E7', '停电'],
    ['a segment with ports beside its reference', '8', `0B05041582158200030A0201${ucs2('前半')}`, '前半'],
    ['a segment that was cut within a surrogate pair', '8', `050003A70201${ucs2('好')}D83D`, '好\ufffd'],
    ['a segment that begins with the rest of one', '8', `050003A70202DC4D${ucs2('好')}`, '\ufffd好'],
    ['a segment in GBK that was cut within a character', '15', '050003A70201CDA3B5', '停\ufffd'],
    ['something that resembles a header: segment 3 of 2', '8', '050003A70203', '\u0500\u03a7\u0203'],
    ['digits after 0x, with blanks and line breaks', '08', `0x${ucs2('停').toLowerCase()} ${ucs2('电')}\n`, '停电'],
    ['UCS-2 of a class', '24', ucs2('停电'), '停电'],
    ['GB18030', '16', 'CDA3B5E7', '停电'],
    ['nothing', '8', '', ''],
    ['U+0000 in it', '8', `${ucs2('a')}0000${ucs2('b')}`, 'ab'],
  ])('is read: %s', (_, msgFmt, content, text) => expect(decodeContent(content, msgFmt)).toBe(text));

  it.each([
    ['binary', '4', '0102'],
    ['an unknown format', '99', '4142'],
    ['no format', null, '4142'],
    ['a digit lost', '8', '62361'],
    ['text', '8', '收到'],
    ['half a character of UCS-2', '8', '623652'],
    ['half a pair of UTF-16', '8', 'D83D'],
    ['a character that GBK lacks', '15', 'FFFF'],
    ['half a character of GBK', '15', 'CDA3B5'],
    ['a character of GBK and a byte that it lacks', '15', 'CDA3FF'],
    ['a byte above ASCII', '0', 'E9'],
  ])('is not read: %s', (_, msgFmt, content) => expect(decodeContent(content, msgFmt)).toBeUndefined());

  it.each([
    ['of one byte, a character each', '\u0005\u0000\u0003\u00a7\u0002\u0001', '前半'],
    ['of one byte, in a database without U+0000', '\u0005\u0003\u00a7\u0002\u0001', '前半'],
    ['of two bytes, a character each', '\u0006\b\u0004\u0012\u0034\u0002\u0002', '后半'],
    ['of one byte, two of them a character', '\u0500\u03a7\u0201', '前半'],
    ['with ports', '\u0b05\u0415\u8215\u8200\u03a7\u0201', '前半'],
  ])('loses its header %s, in a text', (_, header, text) => expect(stripHeader(header + text)).toBe(text));

  it.each(['停电', 'TD', '', '\u0500\u03a7', '\u0500\u0300\u0410', '\u0005\u0003abc', '\u0b05\u0b06', '050003A70201'])(
    '%j has no header',
    (text) => expect(stripHeader(text)).toBe(text),
  );

  it('becomes the text of the event where the exchange file asks for it; undecodable content is passed on unchanged', () => {
    const mapping = loadExchangeMapping();
    const rules = {
      mapping: { ...mapping, codes: { ...mapping.codes, recvContent: 'hex' as const } },
      country: 'CN' as const,
    };
    const row = { id: '1', srcAddr: '13800138000', destAddr: '10698001', recvMs: 1, msgFmt: '8' };
    // 600 characters are 2400 digits: the text is measured, not the digits
    const rows = [
      { ...row, content: ucs2('电'.repeat(600)) },
      { ...row, content: 'D83D' },
      { ...row, content: null },
    ];
    const { received, outcomes, letters } = planReceived(rows, () => undefined, rules, 2);
    expect(received.map(({ content }) => content)).toEqual(['电'.repeat(600), 'D83D', '']);
    expect(outcomes).toEqual({ unrouted: 3, undecoded: 1 });
    expect(letters).toEqual([]);
    const asText = planReceived(rows.slice(0, 1), () => undefined, { ...rules, mapping }, 2);
    expect(asText.received[0]?.receivedId ?? asText.letters[0]?.row.id).toBeDefined();
  });
});
