import type { SchemaJson } from '../../shared/avro/load-schemas';
import { releaseProblems, undocumented } from './schema-release-rules';

type Field = { name: string; type: unknown; default?: unknown; aliases?: string[]; doc?: string };

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
const color = { type: 'enum', name: 'Color', symbols: ['RED', 'GREEN'], default: 'RED' };

const fields: readonly Field[] = [
  { name: 'id', type: 'string' },
  { name: 'at', type: millis },
  { name: 'until', type: ['null', millis], default: null },
  { name: 'count', type: 'int', default: 1 },
  { name: 'price', type: decimal },
  { name: 'fee', type: ['null', { ...decimal, precision: 4 }], default: null },
  { name: 'key', type: { type: 'fixed', name: 'Key', size: 16 } },
  { name: 'color', type: color },
  { name: 'tags', type: { type: 'array', items: millis } },
  { name: 'marks', type: { type: 'map', values: { type: 'int', logicalType: 'date' } } },
  { name: 'inner', type: { type: 'record', name: 'Inner', fields: [{ name: 'when', type: millis }] } },
  { name: 'again', type: ['null', 'Inner'], default: null },
  { name: 'note', type: ['null', 'string'], default: null },
];

const record = (of: readonly Field[], more: object = {}): SchemaJson => ({
  type: 'record',
  name: 'Sample',
  namespace: 'test.schemas',
  fields: of,
  ...more,
});
const older = record(fields);
const change = (name: string, changed: Partial<Field>): SchemaJson =>
  record(fields.map((field) => (field.name === name ? { ...field, ...changed } : field)));
const add = (field: Field): SchemaJson => record([...fields, field]);

describe('changes that may be released', () => {
  test.each<[string, SchemaJson]>([
    ['nothing', older],
    ['documentation', change('id', { doc: 'what it is' })],
    ['a nullable field with a default', add({ name: 'extra', type: ['null', 'string'], default: null })],
    ['a field with a default in front', record([{ name: 'extra', type: millis, default: 0 }, ...fields])],
    ['another order of fields', record([...fields.slice(12), ...fields.slice(0, 12)])],
    [
      'another symbol, where readers have a default',
      change('color', { type: { ...color, symbols: ['RED', 'GREEN', 'BLUE'] } }),
    ],
    ['names written in full', record(fields, { name: 'test.schemas.Sample', namespace: undefined })],
    ['a reference written in full', change('again', { type: ['null', 'test.schemas.Inner'] })],
  ])('%s', (_, newer) => {
    expect(releaseProblems(older, newer)).toEqual([]);
  });
});

describe('changes that must not be released', () => {
  test.each<[string, SchemaJson, RegExp]>([
    [
      'another logical type',
      change('at', { type: { type: 'long', logicalType: 'timestamp-micros' } }),
      /\.at .*timestamp-micros/,
    ],
    ['a removed logical type', change('at', { type: 'long' }), /\.at /],
    ['an added logical type', change('count', { type: { type: 'int', logicalType: 'date' } }), /\.count /],
    [
      'another logical type in a union',
      change('until', { type: ['null', { type: 'long', logicalType: 'time-micros' }] }),
      /\.until /,
    ],
    ['a logical type removed in a union', change('until', { type: ['null', 'long'] }), /\.until /],
    ['another logical type in an array', change('tags', { type: { type: 'array', items: 'long' } }), /\.tags\[\] /],
    ['another logical type in a map', change('marks', { type: { type: 'map', values: 'int' } }), /\.marks\{\} /],
    [
      'another logical type in a record',
      change('inner', { type: { type: 'record', name: 'Inner', fields: [{ name: 'when', type: 'long' }] } }),
      /\.inner\.when /,
    ],
    ['another precision', change('price', { type: { ...decimal, precision: 12 } }), /precision 12/],
    ['another precision in a union', change('fee', { type: ['null', decimal] }), /\.fee .*precision 9/],
    ['another scale', change('price', { type: { ...decimal, scale: 3 } }), /scale 3/],
    ['scale left out, which means 0', change('price', { type: { ...decimal, scale: undefined } }), /scale 0/],
    ['decimal as plain bytes', change('price', { type: 'bytes' }), /\.price /],
    ['text as bytes', change('id', { type: 'bytes' }), /\.id .*bytes/],
    ['text as a UUID', change('id', { type: { type: 'string', logicalType: 'uuid' } }), /uuid/],
    ['int as long, which old readers cannot read', change('count', { type: 'long' }), /old reads new/],
    ['int as double', change('count', { type: 'double' }), /old reads new/],
    ['long as int', change('at', { type: { type: 'int', logicalType: 'timestamp-millis' } }), /new reads old/],
    ['another required field', add({ name: 'extra', type: 'string' }), /new reads old.*extra/],
    ['a required field removed', record(fields.slice(1)), /old reads new.*id/],
    ['an optional field removed', record(fields.filter(({ name }) => name !== 'note')), /note is gone/],
    ['a field renamed', change('note', { name: 'remark' }), /note is gone/],
    ['a field renamed with an alias', change('id', { name: 'identity', aliases: ['id'] }), /old reads new.*id/],
    ['null no longer allowed', change('note', { type: 'string', default: '' }), /new reads old/],
    [
      'null allowed, which old readers cannot read',
      change('id', { type: ['null', 'string'], default: null }),
      /old reads new/,
    ],
    ['a default removed', record(fields.map(({ default: _, ...field }) => field)), /count has another default/],
    ['another default', change('count', { default: 2 }), /count has another default/],
    ['a symbol removed', change('color', { type: { ...color, symbols: ['RED'] } }), /lost the symbol GREEN/],
    ['a symbol renamed', change('color', { type: { ...color, symbols: ['RED', 'LIME'] } }), /lost the symbol GREEN/],
    [
      'the default symbol removed',
      change('color', { type: { ...color, default: undefined } }),
      /Color has another default/,
    ],
    ['another size', change('key', { type: { type: 'fixed', name: 'Key', size: 8 } }), /new reads old/],
    ['a type renamed', change('key', { type: { type: 'fixed', name: 'Handle', size: 16 } }), /new reads old/],
    ['the record renamed', record(fields, { name: 'Example' }), /new reads old/],
    ['another namespace', record(fields, { namespace: 'test.other' }), /new reads old/],
  ])('%s', (_, newer, reason) => {
    expect(releaseProblems(older, newer).join('\n')).toMatch(reason);
  });

  test('compares a recursive schema to its end, and only once', () => {
    const list = (type: unknown): SchemaJson => ({
      type: 'record',
      name: 'List',
      fields: [
        { name: 'next', type: ['null', 'List'], default: null },
        { name: 'at', type },
      ],
    });
    expect(releaseProblems(list(millis), list(millis))).toEqual([]);
    expect(releaseProblems(list(millis), list('long')).join()).toMatch(/\.at /);
  });

  test('takes a scale of 0 for the scale that is left out', () => {
    const withScale = (scale: number | undefined) => change('price', { type: { ...decimal, scale } });
    expect(releaseProblems(withScale(undefined), withScale(0))).toEqual([]);
  });

  test('finds a missing doc', () => {
    expect(undocumented(older)).toContain('.id');
    expect(undocumented(change('id', { doc: 'what it is' }))).not.toContain('.id');
  });
});
