import fc from 'fast-check';
import { createClock } from '../../../cli/connect/load-clock';
import { createOutput, wantsColours } from '../../../cli/output/create-output';
import { toHexDump } from '../../../cli/output/hex-dump';
import { maskNumber } from '../../../cli/output/mask-number';
import { toPrintable } from '../../../cli/output/to-printable';
import { showReceived, showStatus, withNumbers } from '../../../cli/tail/show-record';
import { anyCharacter } from '../../support/any-character';
import { smsReceivedEvent, smsStatusEvent } from './sample-events';

describe('maskNumber', () => {
  it.each([
    ['8613800138000', '86138****8000'],
    ['13800138000', '138****8000'],
    ['+44 7700 900123', '+44 7****0123'],
    ['10086', '10086'],
    ['1069', '1069'],
    ['', ''],
    ['1234567', '1****4567'],
  ])('writes %s as %s', (number, masked) => {
    expect(maskNumber(number)).toBe(masked);
  });

  it('never shows a whole number', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 7, maxLength: 20 }), (number) => {
        expect(maskNumber(number)).not.toContain(number);
        expect(maskNumber(number).replace('****', '').length).toBeLessThanOrEqual(number.length - 2);
      }),
    );
  });
});

describe('toPrintable', () => {
  it('removes everything that a terminal obeys', () => {
    expect(toPrintable('\u001b[2Jhello\r\n\u202e停电')).toBe('\\u001b[2Jhello\\r\\n\\u202e停电');
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(toPrintable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      }),
    );
  });
});

describe('the output of tail', () => {
  const show = {
    colours: createOutput({ json: true, env: {}, stdout: process.stdout, stderr: process.stderr }).colours,
    clock: createClock('UTC'),
    columns: Number.POSITIVE_INFINITY,
    showNumbers: false,
  };

  it('is one line with a masked number', () => {
    const text = showStatus(smsStatusEvent({ to: '8613800138000', gatewayMessage: 'a\nb' }), show);
    expect(text).toContain('DELIVERED');
    expect(text).toContain('86138****8000');
    expect(text).not.toMatch(/8613800138000|\n/);
    expect(showStatus(smsStatusEvent({ to: '8613800138000' }), { ...show, showNumbers: true })).toContain(
      '8613800138000',
    );
  });

  it('cannot be controlled by a received text', () => {
    const text = showReceived(smsReceivedEvent({ content: '\u001b]0;title\u0007退订' }), show);
    expect(text).toContain('\\u001b]0;title\\u0007退订');
    expect(text).not.toContain('\u001b]');
  });

  it('masks numbers in JSON too', () => {
    expect(withNumbers(smsReceivedEvent({ from: '8613800138000' }), false).from).toBe('86138****8000');
    expect(withNumbers(smsStatusEvent({ to: null }), false).to).toBeNull();
  });
});

it('a hex dump shows bytes and text, and the number of bytes left out', () => {
  expect(toHexDump(Buffer.from('C301hello, world!!', 'latin1'), 16)).toEqual([
    '00000000  43 33 30 31 68 65 6c 6c 6f 2c 20 77 6f 72 6c 64  |C301hello, world|',
    '… 2 more bytes',
  ]);
});

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('colours with terminal %s and %j: %s', (isTTY, env, wanted) => {
  expect(wantsColours({ isTTY }, env)).toBe(wanted);
});
