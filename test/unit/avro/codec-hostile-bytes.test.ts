import fc from 'fast-check';
import type { DecodeProblem } from '../../../shared/avro/codec-port';
import { createReader, parseSchema } from '../../../shared/avro/create-reader';
import { loadSchemas, type SchemaJson } from '../../../shared/avro/load-schemas';
import { type Codecs, openCodecs } from '../../../shared/avro/open-codecs';
import type { SmsSend } from '../../../shared/avro/records';
import { tries } from '../../support/tries';
import { anySend, anyStatus } from './record-arbitraries';

let codecs: Codecs;
beforeAll(async () => {
  codecs = await openCodecs();
});

const REASONS = [
  'EMPTY',
  'TOO_LARGE',
  'JSON_NOT_AVRO',
  'UNKNOWN_FRAMING',
  'UNKNOWN_SCHEMA',
  'INCOMPATIBLE_SCHEMA',
  'MALFORMED',
];

const ack = { receivedId: 'r-1', appId: 'billing', processedAt: 1767139200123 };
const send: SmsSend = {
  messageId: 'm-1',
  appId: 'billing',
  to: '13800138000',
  content: 'hello',
  extCode: null,
  priority: 1,
  needReport: true,
  scheduledAt: null,
  expiresAt: null,
  createdAt: 1767139200123,
  context: null,
};

const problemOf = (value: Buffer | null, codec: keyof Codecs = 'receivedAck'): DecodeProblem => {
  const decoded = codecs[codec].decode(value);
  if (decoded.ok) throw new Error(`decoded: ${JSON.stringify(decoded.value)}`);
  return decoded.problem;
};

const header = () => codecs.receivedAck.encode(ack).subarray(0, 10);
/** Encodes a SmsReceivedAck whose datum is written by hand. */
const withDatum = (...parts: (string | number[] | Buffer)[]): Buffer =>
  Buffer.concat([
    header(),
    ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  ]);

describe('bytes that are no record', () => {
  test('end with a reason when they are random', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('send', 'status', 'received', 'receivedAck'),
        (bytes, codec) => {
          const decoded = codecs[codec].decode(Buffer.from(bytes));
          if (!decoded.ok) expect(REASONS).toContain(decoded.problem.reason);
        },
      ),
      { numRuns: tries(3000) },
    );
  });

  test('end with a reason when they are random after a valid header, or are a record that can be encoded again', () => {
    const frame = codecs.send.encode(send).subarray(0, 10);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = codecs.send.decode(Buffer.concat([frame, bytes]));
        if (decoded.ok) expect(codecs.send.decode(codecs.send.encode(decoded.value))).toEqual(decoded);
        else expect(decoded.problem.reason).toBe('MALFORMED');
      }),
      { numRuns: tries(3000) },
    );
  });

  test('end with a reason when some bytes of a record changed, or are another record', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(anyStatus.map((r) => codecs.status.encode(r))), changes, (bytes, edits) => {
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        const decoded = codecs.status.decode(bytes);
        if (decoded.ok) expect(codecs.status.decode(codecs.status.encode(decoded.value))).toEqual(decoded);
        else expect(REASONS).toContain(decoded.problem.reason);
      }),
      { numRuns: tries(2000) },
    );
  });

  test('are malformed when a record is truncated anywhere, or followed by more bytes', () => {
    fc.assert(
      fc.property(anySend, fc.uint8Array({ minLength: 1, maxLength: 20 }), (record, tail) => {
        const whole = codecs.send.encode({ ...record, content: record.content.slice(0, 50) });
        for (let length = 2; length < Math.min(whole.length, 200); length++) {
          expect(problemOf(whole.subarray(0, length), 'send').reason).toBe('MALFORMED');
        }
        expect(problemOf(Buffer.concat([whole, tail]), 'send').reason).toMatch(/MALFORMED|TOO_LARGE/);
      }),
      { numRuns: tries(50) },
    );
  });

  test('include no bytes at all', () => {
    expect(problemOf(null).reason).toBe('EMPTY');
    expect(problemOf(Buffer.alloc(0)).reason).toBe('EMPTY');
  });

  test.each(['{"to":"1"}', ' \n{"to":"1"}', '\ufeff{"to":"1"}', '[1]', '"text"'])(
    'include JSON: %j, with advice',
    (json) => {
      const problem = problemOf(Buffer.from(json));
      expect(problem.reason).toBe('JSON_NOT_AVRO');
      expect(problem.message).toContain('publish Avro');
    },
  );

  test('include other framings', () => {
    expect(problemOf(Buffer.from('hello')).reason).toBe('UNKNOWN_FRAMING');
    expect(problemOf(Buffer.from([0xc3])).reason).toBe('UNKNOWN_FRAMING');
    expect(problemOf(Buffer.from([0xc3, 0x02, 0, 0, 0, 0, 0, 0, 0, 0])).reason).toBe('UNKNOWN_FRAMING');
  });

  test('name an unknown fingerprint, and a registry id where there is no registry', () => {
    const unknown = codecs.receivedAck.encode(ack);
    unknown.fill(0xab, 2, 10);
    expect(problemOf(unknown)).toMatchObject({
      reason: 'UNKNOWN_SCHEMA',
      message: expect.stringContaining('abababababababab'),
    });
    const registered = Buffer.from([0, 0, 0, 0, 7, 1, 2, 3]);
    expect(problemOf(registered)).toMatchObject({
      reason: 'UNKNOWN_SCHEMA',
      message: expect.stringContaining('no schema registry is configured'),
    });
  });

  test('name the record of another topic, and tell it from an unknown one', () => {
    const problem = problemOf(codecs.send.encode(send), 'status');
    expect(problem.reason).toBe('INCOMPATIBLE_SCHEMA');
    expect(problem.message).toContain('sms.bridge.SmsSend');
    expect(problem.message).toContain('sms.bridge.SmsStatus');
  });

  test.each([
    ['text that is not UTF-8 (here GBK)', [[6], Buffer.from([0xc4, 0xe3, 0xba]), [2, 0x61, 0]], 'receivedId'],
    ['a length beyond the end', [[0xfe, 0xff, 0xff, 0xff, 0x0f]], 'receivedId'],
    ['a length of nine bytes', [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]], 'receivedId'],
    ['a negative length', [[1]], 'receivedId'],
    ['a number without an end', [[2], 'r', [2], 'a', Buffer.alloc(5000, 0xff)], 'processedAt'],
    ['a length without an end', [Buffer.alloc(60_000, 0x80)], 'receivedId'],
  ])('are malformed, with the name of the field: %s', (_, parts, field) => {
    const problem = problemOf(withDatum(...(parts as (string | number[] | Buffer)[])));
    expect(problem.reason).toBe('MALFORMED');
    expect(problem.message).toContain(`field ${field}`);
  });

  test('are malformed with a time beyond 2^52, which avsc would change; the largest below is valid', () => {
    const time = (value: bigint) => {
      const bytes: number[] = [];
      for (let left = value << 1n; ; left >>= 7n) {
        if (left < 0x80n) return [...bytes, Number(left)];
        bytes.push(Number(left & 0x7fn) | 0x80);
      }
    };
    const largest = codecs.receivedAck.decode(withDatum([2], 'r', [2], 'a', time(2n ** 52n - 1n)));
    expect(largest).toMatchObject({ ok: true, value: { processedAt: 2 ** 52 - 1 } });
    expect(problemOf(withDatum([2], 'r', [2], 'a', time(2n ** 52n))).reason).toBe('MALFORMED');
    expect(problemOf(withDatum([2], 'r', [2], 'a', time(2n ** 62n))).reason).toBe('MALFORMED');
  });

  test('do not include replacement characters that the sender wrote', () => {
    const record = { ...send, content: 'a\ufffdb' };
    expect(codecs.send.decode(codecs.send.encode(record))).toEqual({ ok: true, value: record });
  });

  test('are described without the content', () => {
    const secret = codecs.send.encode({ ...send, content: 'the secret text' });
    for (const length of [20, 30, 40, secret.length - 1]) {
      expect(problemOf(secret.subarray(0, length), 'send').message).not.toMatch(/secret|13800/);
    }
  });
});

/**
 * A newer writer's SmsReceivedAck with one more field, which is skipped; its bytes must do no harm.
 */
const readerWithExtra = (extra: SchemaJson) => {
  const current = loadSchemas('sms-received-ack').current as { fields: SchemaJson[] } & Record<string, unknown>;
  const fields = [{ name: 'extra', type: extra }, ...current.fields];
  const reader = createReader(parseSchema({ ...current, fields }), parseSchema(current as SchemaJson));
  if (!reader.ok) throw new Error(reader.problem.message);
  return (extraBytes: number[]) =>
    reader.value(Buffer.concat([Buffer.from(extraBytes), codecs.receivedAck.encode(ack).subarray(10)]), 0);
};

describe('extra fields of newer writers', () => {
  test.each<[string, SchemaJson, number[]]>([
    ['array in one block', { type: 'array', items: 'int' }, [4, 2, 4, 0]],
    ['array in a sized block', { type: 'array', items: 'int' }, [3, 4, 2, 4, 0]],
    ['map', { type: 'map', values: 'string' }, [2, 2, 0x61, 2, 0x62, 0]],
    ['fixed', { type: 'fixed', name: 'F', size: 3 }, [1, 2, 3]],
    ['double', 'double', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]],
    ['long beyond 2^53', 'long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['union', ['null', 'string', 'int'], [4, 10]],
    ['recursive record', { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] }, [2, 2, 2, 0]],
  ])('are skipped: %s', (_, schema, bytes) => {
    expect(readerWithExtra(schema)(bytes)).toEqual({ ok: true, value: ack });
  });

  const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f];
  const nulls: SchemaJson = { type: 'array', items: 'null' };
  test.each<[string, SchemaJson, number[]]>([
    ['2^52 items that take no bytes', nulls, [...huge, 0]],
    ['2^52 items that do not exist', { type: 'array', items: 'string' }, [...huge, 0]],
    ['2^52 map entries', { type: 'map', values: 'null' }, [...huge, 0]],
    ['a block with a negative size', nulls, [1, 9, 1, 9, 1, 9, 0]],
    ['a block whose size is wrong', { type: 'array', items: 'int' }, [3, 60, 2, 4, 0]],
    [
      'a list of 10,000 in a list',
      { type: 'record', name: 'L', fields: [{ name: 'n', type: ['null', 'L'] }] },
      Array(10_000).fill(2),
    ],
    ['a union branch that does not exist', ['null', 'string'], [4]],
    ['a negative union branch', ['null', 'string'], [1]],
    ['a boolean of 2', 'boolean', [2]],
    ['an int of 33 bits', 'int', [0xfe, 0xff, 0xff, 0xff, 0x1f]],
    ['an enum symbol that does not exist', { type: 'enum', name: 'E', symbols: ['A'] }, [2]],
    ['fixed beyond the end', { type: 'fixed', name: 'F', size: 1e9 }, []],
  ])('are malformed at once: %s', (_, schema, bytes) => {
    const read = readerWithExtra(schema);
    const started = process.hrtime.bigint();
    expect(read(bytes)).toMatchObject({ ok: false, problem: { reason: 'MALFORMED' } });
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(200);
  });

  test('take no time with a schema of 2^30 nested empty records', () => {
    let type: SchemaJson = { type: 'record', name: 'R0', fields: [] };
    for (let n = 1; n <= 30; n++) {
      type = {
        type: 'record',
        name: `R${n}`,
        fields: [
          { name: 'a', type },
          { name: 'b', type: `R${n - 1}` },
        ],
      };
    }
    expect(readerWithExtra(type)([])).toMatchObject({ ok: false, problem: { reason: 'MALFORMED' } });
  });
});
