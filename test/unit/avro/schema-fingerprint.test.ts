import { parseSchema } from '../../../shared/avro/create-reader';
import type { SchemaJson } from '../../../shared/avro/load-schemas';
import { loadSchemas } from '../../../shared/avro/load-schemas';
import { crc64Avro, toCanonicalForm, toFingerprint } from '../../../shared/avro/schema-fingerprint';

/**
 * Published with Apache Avro (share/test/data/schema-tests.txt): schema, parsing canonical form,
 * signed fingerprint.
 */
const APACHE: readonly (readonly [SchemaJson, string, bigint])[] = [
  ['null', '"null"', 7195948357588979594n],
  [{ type: 'boolean' }, '"boolean"', -6970731678124411036n],
  ['int', '"int"', 8247732601305521295n],
  [{ type: 'long' }, '"long"', -3434872931120570953n],
  ['float', '"float"', 5583340709985441680n],
  ['double', '"double"', -8181574048448539266n],
  ['bytes', '"bytes"', 5746618253357095269n],
  ['string', '"string"', -8142146995180207161n],
  [['int', { type: 'boolean' }], '["int","boolean"]', 5392556393470105090n],
  [
    { fields: [], type: 'record', name: 'foo', namespace: 'x.y' },
    '{"name":"x.y.foo","type":"record","fields":[]}',
    5916914534497305771n,
  ],
  [
    { fields: [], type: 'record', name: 'a.b.foo', namespace: 'x.y' },
    '{"name":"a.b.foo","type":"record","fields":[]}',
    -4616218487480524110n,
  ],
  [
    { fields: [], type: 'record', name: 'foo', doc: 'foo', aliases: ['foo', 'bar'] },
    '{"name":"foo","type":"record","fields":[]}',
    -4824392279771201922n,
  ],
  [
    { fields: [{ type: { type: 'boolean' }, name: 'f1' }], type: 'record', name: 'foo' },
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}',
    7843277075252814651n,
  ],
  [
    {
      fields: [
        { type: 'boolean', aliases: [], name: 'f1', default: true },
        { order: 'descending', name: 'f2', doc: 'Hello', type: 'int' },
      ],
      type: 'record',
      name: 'foo',
    },
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"},{"name":"f2","type":"int"}]}',
    -4860222112080293046n,
  ],
  [
    { namespace: 'x.y.z', type: 'enum', name: 'foo', doc: 'foo bar', symbols: ['A1', 'A2'] },
    '{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}',
    -4448647247586288245n,
  ],
  [
    { namespace: 'x.y.z', type: 'fixed', name: 'foo', size: 32 },
    '{"name":"x.y.z.foo","type":"fixed","size":32}',
    -3064184465700546786n,
  ],
  [{ items: { type: 'null' }, type: 'array' }, '{"type":"array","items":"null"}', -589620603366471059n],
  [{ values: 'string', type: 'map' }, '{"type":"map","values":"string"}', -8732877298790414990n],
  [
    { name: 'PigValue', type: 'record', fields: [{ name: 'value', type: ['null', 'int', 'long', 'PigValue'] }] },
    '{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}',
    -1759257747318642341n,
  ],
];

describe('schema fingerprints', () => {
  test.each(APACHE)("follow Apache Avro's canonical form and CRC-64-AVRO for %j", (json, canonical, fingerprint) => {
    const { type } = parseSchema(json);
    expect(toCanonicalForm(type)).toBe(canonical);
    expect(toFingerprint(type)).toBe(BigInt.asUintN(64, fingerprint));
  });

  test('are the polynomial itself for no bytes', () => {
    expect(crc64Avro('')).toBe(0xc15d213aa4d7a795n);
  });

  // Computed by Python's fastavro from the same files. A change here means that existing readers
  // lose the schema.
  test.each([
    ['sms-send', 'a0fe5ddde212e77e'],
    ['sms-status', 'a676c42ab4710669'],
    ['sms-received', 'a2b36205e09498f9'],
    ['sms-received-ack', '9010973ff147790e'],
  ])('are little-endian for version 1 of %s: %s', (name, hex) => {
    const first = loadSchemas(name).released.find(({ version }) => version === 1)!;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(toFingerprint(parseSchema(first.schema).type));
    expect(bytes.toString('hex')).toBe(hex);
  });
});
