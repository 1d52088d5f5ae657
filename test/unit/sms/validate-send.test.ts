import fc from 'fast-check';
import type { SmsSend } from '../../../shared/avro/records';
import { type CharacterSet, oracleCharacterSet } from '../../../shared/sms/character-set';
import { countSegments } from '../../../shared/sms/count-segments';
import { normaliseMsisdn } from '../../../shared/sms/normalise-msisdn';
import { validateSend } from '../../../shared/sms/validate-send';
import { anyCharacter } from '../../support/any-character';
import { smsSendMessage as message, NOW } from '../../support/sms-send-message';
import { tries } from '../../support/tries';

const HOUR = 3_600_000;
const limits = { country: 'CN', contentMax: 1000 } as const;
const application = { extCode: '01', enabled: true };

const codeOf = (change: Partial<SmsSend>): string => {
  const result = validateSend(message(change), application, limits, NOW);
  return result.ok ? 'ok' : result.problem.code;
};

describe('validation of a message', () => {
  it('returns the message as it is sent', () => {
    expect(validateSend(message({ extCode: '7', content: 'a\u0000b' }), application, limits, NOW)).toEqual({
      ok: true,
      value: { to: '8613800138000', content: 'ab', extCode: '017', expiresAt: NOW + 24 * HOUR, partCount: 1 },
    });
  });

  it.each<[string, Partial<SmsSend>]>([
    ['MESSAGE_ID_INVALID', { messageId: '' }],
    ['MESSAGE_ID_INVALID', { messageId: 'x'.repeat(65) }],
    ['MESSAGE_ID_INVALID', { messageId: 'with space' }],
    ['MESSAGE_ID_INVALID', { messageId: 'line\n' }],
    ['RECIPIENT_INVALID', { to: '12345' }],
    ['CONTENT_EMPTY', { content: '\u0000' }],
    ['CONTENT_TOO_LONG', { content: '电'.repeat(1001) }],
    ['ok', { content: '😀'.repeat(1000) }],
    ['CONTENT_TOO_LONG', { content: '😀'.repeat(1001) }],
    ['EXT_CODE_INVALID', { extCode: '1a' }],
    ['ok', { extCode: '1'.repeat(18) }],
    ['EXT_CODE_INVALID', { extCode: '1'.repeat(19) }],
    ['PRIORITY_INVALID', { priority: 4 }],
    ['PRIORITY_INVALID', { priority: -1 }],
    ['ok', { scheduledAt: NOW + 720 * HOUR }],
    ['SCHEDULE_INVALID', { scheduledAt: NOW + 720 * HOUR + 1 }],
    ['ok', { expiresAt: NOW + 72 * HOUR }],
    ['VALIDITY_INVALID', { expiresAt: NOW + 72 * HOUR + 1 }],
    ['VALIDITY_INVALID', { expiresAt: NOW }],
    ['VALIDITY_INVALID', { scheduledAt: NOW + HOUR, expiresAt: NOW + HOUR - 1 }],
    ['VALIDITY_INVALID', { createdAt: NOW + 24 * HOUR + 1 }],
    ['ok', { context: '字'.repeat(512) }],
    ['CONTEXT_TOO_LONG', { context: '字'.repeat(513) }],
    ['CONTEXT_INVALID', { context: 'a\u0000' }],
  ])('returns %s', (code, change) => {
    expect(codeOf(change)).toBe(code);
  });

  it.each([
    ['AL32UTF8', '停电😀', undefined],
    ['ZHS16GBK', '停电——', undefined],
    ['ZHS16GBK', '停电😀', 'U+1F600'],
    ['ZHS32GB18030', '䶮', undefined],
    ['ZHS32GB18030', '停电😀', 'U+1F600'],
  ])('knows the characters of a database with %s: %s', (name, text, missing) => {
    const characterSet = oracleCharacterSet(name) as CharacterSet;
    const judge = (change: Partial<SmsSend>) =>
      validateSend(message(change), { extCode: null, enabled: true }, { ...limits, characterSet }, NOW);
    for (const [field, code] of [
      ['content', 'CONTENT_NOT_ENCODABLE'],
      ['context', 'CONTEXT_NOT_ENCODABLE'],
    ] as const) {
      const judged = judge({ [field]: text });
      if (missing === undefined) expect(judged.ok).toBe(true);
      else expect(judged).toMatchObject({ problem: { code, field, message: expect.stringContaining(missing) } });
      if (!judged.ok) expect(judged.problem.message).not.toContain('停电');
    }
  });

  it.each<[keyof SmsSend, number, string]>([
    ['createdAt', Math.floor(NOW / 1000), 'seconds'],
    ['scheduledAt', Math.floor(NOW / 1000) + 3600, 'seconds'],
    ['expiresAt', Math.floor(NOW / 1000) + 3600, 'seconds'],
    ['createdAt', NOW * 1000, 'microseconds'],
    ['scheduledAt', NOW * 1000, 'microseconds'],
    ['expiresAt', NOW * 1000, 'microseconds'],
    ['createdAt', 20261124000000, 'a date in digits'],
    ['scheduledAt', 202611240800, 'a date in digits'],
    ['expiresAt', 20261124, 'a date in digits'],
  ])('reports for %s = %i that milliseconds are expected', (field, time, unit) => {
    expect(validateSend(message({ [field]: time }), application, limits, NOW)).toMatchObject({
      problem: {
        code: 'TIME_NOT_MILLISECONDS',
        field,
        message: `${field} looks like ${unit}; epoch milliseconds are required`,
      },
    });
  });

  it.each<[Partial<SmsSend>, string, string]>([
    [{ createdAt: NOW + 24 * HOUR + 1 }, 'createdAt', 'more than 24 h ahead of now'],
    [{ createdAt: 1 }, 'createdAt', 'not before 2001'],
    [{ expiresAt: NOW - HOUR }, 'expiresAt', 'must be after createdAt'],
    [{ expiresAt: NOW + 73 * HOUR }, 'expiresAt', 'at most 72 h after createdAt'],
    [{ scheduledAt: NOW + HOUR, expiresAt: NOW + HOUR }, 'expiresAt', 'must be after scheduledAt'],
    [{ scheduledAt: NOW + HOUR, expiresAt: NOW + 74 * HOUR }, 'expiresAt', 'at most 72 h after scheduledAt'],
  ])('names the condition of VALIDITY_INVALID that %j breaks', (times, field, text) => {
    expect(validateSend(message(times), application, limits, NOW)).toMatchObject({
      problem: { code: 'VALIDITY_INVALID', field, message: expect.stringContaining(text) },
    });
  });

  it.each<[keyof SmsSend, string]>([
    ['createdAt', 'VALIDITY_INVALID'],
    ['scheduledAt', 'SCHEDULE_INVALID'],
    ['expiresAt', 'VALIDITY_INVALID'],
  ])('does not let %s expire silently when it can mean no time', (field, code) => {
    for (const time of [0, 1, -62_135_596_800_000, 261124080000]) expect(codeOf({ [field]: time })).toBe(code);
  });

  it.each([
    ['a\ud83d b', 'CONTENT_INVALID', 'CONTEXT_INVALID'],
    ['\udc00', 'CONTENT_INVALID', 'CONTEXT_INVALID'],
    ['😀', 'ok', 'ok'],
  ])('refuses half of a character (%j)', (text, content, context) => {
    expect([codeOf({ content: text }), codeOf({ context: text })]).toEqual([content, context]);
  });

  it('allows the configured kinds of numbers, and names them', () => {
    const to = (text: string, rules: Partial<typeof limits> & object = {}) => {
      const result = validateSend(message({ to: text }), application, { ...limits, ...rules }, NOW);
      return result.ok ? result.value.to : result.problem.message;
    };
    expect(to('4008001234')).toMatch(/service number .* mobile, landline, foreign/);
    expect(to('4008001234', { recipients: ['service'] } as object)).toBe('864008001234');
    expect(to('010-62345678', { recipients: ['mobile'] } as object)).toMatch(/is a landline/);
    expect(to('+6591234567', { recipients: ['mobile', 'landline'] } as object)).toMatch(/is a foreign number/);
    expect(to('+13025551234')).toMatch(/destAddr in the exchange file/);
    expect(to('+13025551234', { destAddr: '00' } as object)).toBe('+13025551234');
    expect(to('62345678')).toMatch(/local number without area code/);
    expect(to('95598')).toMatch(/short code of a service/);
  });

  it('checks the sender', () => {
    expect(validateSend(message(), undefined, limits, NOW)).toMatchObject({ problem: { code: 'APP_UNKNOWN' } });
    expect(validateSend(message(), { extCode: null, enabled: false }, limits, NOW)).toMatchObject({
      problem: { code: 'APP_DISABLED' },
    });
  });

  it('accepts a message whose validity is past: the relay ends it as expired', () => {
    expect(codeOf({ createdAt: NOW - 48 * HOUR })).toBe('ok');
  });

  it('never throws, and its messages contain neither text nor number', () => {
    const anything = fc.record({
      messageId: fc.string({ maxLength: 70 }),
      to: fc.oneof(fc.string({ maxLength: 60 }), fc.stringMatching(/^\+?\d{5,20}$/)),
      content: fc.string({ maxLength: 1100, unit: anyCharacter }),
      extCode: fc.option(fc.string({ maxLength: 25 })),
      priority: fc.integer(),
      scheduledAt: fc.option(fc.maxSafeInteger()),
      expiresAt: fc.option(fc.maxSafeInteger()),
      createdAt: fc.maxSafeInteger(),
    });
    fc.assert(
      fc.property(anything, (change) => {
        const result = validateSend(
          message({ ...change, content: `secret ${change.content}` }),
          application,
          limits,
          NOW,
        );
        if (result.ok) expect(result.value.to).toMatch(/^\d+$/);
        else {
          expect(result.problem.message).not.toContain('secret');
          if (change.to.length > 6) expect(result.problem.message).not.toContain(change.to);
        }
      }),
      { numRuns: tries(100) },
    );
  });
});

describe('normalising telephone numbers', () => {
  it.each(['13800138000', '8613800138000', '+8613800138000', '008613800138000', '+86 138-0013-8000', '138 0013 8000'])(
    'makes %s the same number',
    (text) => {
      expect(normaliseMsisdn(text, 'CN')).toBe('8613800138000');
    },
  );

  it('accepts foreign numbers, and refuses what is no number', () => {
    expect(normaliseMsisdn('+85251234567', 'CN')).toBe('85251234567');
    for (const text of ['', '10086', 'abc', '1'.repeat(41), '138001380000'])
      expect(normaliseMsisdn(text, 'CN')).toBeUndefined();
  });

  it('leaves its own result unchanged', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1[3-9]\d{9}$/), (national) => {
        const once = normaliseMsisdn(national, 'CN') as string;
        expect(normaliseMsisdn(once, 'CN')).toBe(once);
      }),
      { numRuns: tries(100) },
    );
  });
});

describe('the segments of a text', () => {
  it.each([
    ['', 1],
    ['a'.repeat(160), 1],
    ['a'.repeat(161), 2],
    ['a'.repeat(306), 2],
    ['a'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 3],
    ['电'.repeat(70), 1],
    ['电'.repeat(71), 2],
    ['电'.repeat(134), 2],
    ['电'.repeat(135), 3],
    ['😀'.repeat(35), 1],
    ['😀'.repeat(67), 3],
  ])('are right, %#', (text, parts) => {
    expect(countSegments(text)).toBe(parts);
  });

  it.each([
    ['a'.repeat(70), 8, 1],
    ['a'.repeat(71), 8, 2],
    ['a'.repeat(100), 8, 2],
    ['a'.repeat(134), 8, 2],
    ['a'.repeat(150), 8, 3],
    ['a'.repeat(200), 8, 3],
    ['a'.repeat(200), 15, 3],
    ['a'.repeat(200), 0, 2],
    ['电'.repeat(71), 0, 2],
    ['😀'.repeat(67), 8, 3],
  ])('follow the requested coding, %#', (text, msgFmt, parts) => {
    expect(countSegments(text, msgFmt)).toBe(parts);
  });
});
