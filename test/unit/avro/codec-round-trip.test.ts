import fc from 'fast-check';
import type { Codec } from '../../../shared/avro/codec-port';
import { type Codecs, openCodecs } from '../../../shared/avro/open-codecs';
import type { SmsSend } from '../../../shared/avro/records';
import { BridgeError } from '../../../shared/errors';
import { anyReceived, anyReceivedAck, anySend, anyStatus } from './record-arbitraries';

let codecs: Codecs;
beforeAll(async () => {
  codecs = await openCodecs();
});

const send: SmsSend = {
  messageId: 'm-1',
  appId: 'billing',
  to: '13800138000',
  content: '您好 €😀',
  extCode: null,
  priority: 2,
  needReport: false,
  scheduledAt: null,
  expiresAt: 1767225600000,
  createdAt: 1767139200123,
  context: 'order 7',
};

const roundTrip = <T extends object>(codec: Codec<T>, any: fc.Arbitrary<T>) =>
  fc.assert(
    fc.property(any, (record) => {
      const decoded = codec.decode(codec.encode(record));
      expect(decoded).toEqual({ ok: true, value: record });
    }),
  );

const encodeError = (act: () => unknown): BridgeError => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(BridgeError);
    return error as BridgeError;
  }
  throw new Error('nothing was thrown');
};

describe('decoding an encoded record', () => {
  test('returns SmsSend', () => roundTrip(codecs.send, anySend));
  test('returns SmsStatus', () => roundTrip(codecs.status, anyStatus));
  test('returns SmsReceived', () => roundTrip(codecs.received, anyReceived));
  test('returns SmsReceivedAck', () => roundTrip(codecs.receivedAck, anyReceivedAck));

  test('returns times as plain numbers', () => {
    const decoded = codecs.send.decode(codecs.send.encode(send));
    expect(decoded.ok && typeof decoded.value.createdAt).toBe('number');
  });
});

// Bytes that Python's fastavro made from the schema files: another implementation agrees on every
// byte.
describe('the bytes are those of another implementation', () => {
  test('SmsSend', () => {
    const hex =
      'c301a0fe5ddde212e77e066d2d310e62696c6c696e671631333830303133383030301ce682a8e5a5bd20e282acf09f9880000400000280a0d5edee66f6b1a29bee66020e6f726465722037';
    expect(codecs.send.encode(send).toString('hex')).toBe(hex);
    expect(codecs.send.decode(Buffer.from(hex, 'hex'))).toEqual({ ok: true, value: send });
  });

  test('SmsStatus', () => {
    const hex =
      'c301a676c42ab471066906652d3118676174657761793a41423132000006010000020e554e44454c4956020ce7a9bae58fb70208414231320204020601feffffffffffff0f00';
    const status = {
      eventId: 'e-1',
      messageId: 'gateway:AB12',
      appId: null,
      to: null,
      status: 'UNDELIVERED' as const,
      isFinal: true,
      matched: false,
      reason: null,
      gatewayCode: 'UNDELIV',
      gatewayMessage: '空号',
      gatewayMessageId: 'AB12',
      partNo: 2,
      partCount: 3,
      occurredAt: -1,
      recordedAt: 2 ** 52 - 1,
      context: null,
    };
    expect(codecs.status.encode(status).toString('hex')).toBe(hex);
    expect(codecs.status.decode(Buffer.from(hex, 'hex'))).toEqual({ ok: true, value: status });
  });

  test('SmsReceived', () => {
    const hex =
      'c301a2b36205e09498f906722d311a3836313338303031333830303014313036353931323334350206333435020e62696c6c696e6704544400f6b1a29bee66ffffffff0f';
    const received = {
      receivedId: 'r-1',
      from: '8613800138000',
      to: '1065912345',
      extCode: '345',
      appId: 'billing',
      content: 'TD',
      receivedAt: 0,
      recordedAt: 1767139200123,
      attempt: -2147483648,
    };
    expect(codecs.received.encode(received).toString('hex')).toBe(hex);
    expect(codecs.received.decode(Buffer.from(hex, 'hex'))).toEqual({ ok: true, value: received });
  });

  test('SmsReceivedAck', () => {
    const hex = 'c3019010973ff147790e06722d310e62696c6c696e67f6b1a29bee66';
    const ack = { receivedId: 'r-1', appId: 'billing', processedAt: 1767139200123 };
    expect(codecs.receivedAck.encode(ack).toString('hex')).toBe(hex);
    expect(codecs.receivedAck.decode(Buffer.from(hex, 'hex'))).toEqual({ ok: true, value: ack });
  });
});

describe('encode', () => {
  test('leaves its result unchanged when further records are encoded', () => {
    const first = codecs.send.encode(send);
    const copy = Buffer.from(first);
    for (let n = 0; n < 100; n++)
      codecs.send.encode({ ...send, content: String.fromCharCode(65 + (n % 26)).repeat(n * 100) });
    expect(first.equals(copy)).toBe(true);
  });

  test("returns only the record's own bytes after a very long one", () => {
    const before = codecs.send.encode(send);
    codecs.send.encode({ ...send, content: '长'.repeat(15_000) });
    expect(codecs.send.encode(send).equals(before)).toBe(true);
  });

  test.each([
    ['content', { content: 7 }],
    ['priority', { priority: 1.5 }],
    ['priority', { priority: 2 ** 31 }],
    ['createdAt', { createdAt: Number.NaN }],
    ['createdAt', { createdAt: 2 ** 53 }],
    ['createdAt', { createdAt: -(2 ** 52) - 1 }],
    ['expiresAt', { expiresAt: 2 ** 52 }],
    ['expiresAt', { expiresAt: new Date() }],
    ['needReport', { needReport: 'true' }],
    ['to', { to: undefined }],
  ])('refuses an invalid value with the name of its field: %s %j', (field, change) => {
    const error = encodeError(() => codecs.send.encode({ ...send, ...change } as unknown as SmsSend));
    expect(error.code).toBe('ENCODE_FAILED');
    expect(error.message).toBe(`sms.bridge.SmsSend: bad value in field ${field}`);
    expect(codecs.send.decode(codecs.send.encode(send))).toEqual({ ok: true, value: send });
  });

  test("does not put the message's text into the error of an invalid value", () => {
    const error = encodeError(() => codecs.send.encode({ ...send, content: ['secret'] as unknown as string }));
    expect(error.message).not.toContain('secret');
  });

  test('refuses a record that is too large for every reader', async () => {
    const error = encodeError(() => codecs.send.encode({ ...send, content: 'x'.repeat(70_000) }));
    expect(error.code).toBe('ENCODE_FAILED');
    expect(error.message).toContain('65536');
    const small = await openCodecs({ maxBytes: 100 });
    const bytes = codecs.send.encode({ ...send, context: 'x'.repeat(200) });
    expect(small.send.decode(bytes)).toMatchObject({ ok: false, problem: { reason: 'TOO_LARGE' } });
    expect(encodeError(() => small.send.encode({ ...send, context: 'x'.repeat(200) })).code).toBe('ENCODE_FAILED');
  });

  test.each(['\ud83d', 'a\udc00b', `${'x'.repeat(100)}\ud83d`])(
    'replaces a lone surrogate by U+FFFD: %j',
    (content) => {
      const decoded = codecs.send.decode(codecs.send.encode({ ...send, content, context: content }));
      const expected = content.replace(/[\ud800-\udfff]/, '\ufffd');
      expect(decoded).toEqual({ ok: true, value: { ...send, content: expected, context: expected } });
    },
  );
});
