import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createReader, parseSchema } from '../../shared/avro/create-reader';
import { findPackageRoot, loadSchemas } from '../../shared/avro/load-schemas';
import { releaseProblems, undocumented } from './schema-release-rules';

const directory = join(findPackageRoot(__dirname), 'schemas');
const releasedFiles = readdirSync(join(directory, 'released')).filter((file) => file.endsWith('.avsc'));
const RECORDS = ['sms-received', 'sms-received-ack', 'sms-send', 'sms-status'];

test('every record has a schema file, and every schema file a record', () => {
  const files = readdirSync(directory).filter((file) => file.endsWith('.avsc'));
  expect(files.map((file) => file.replace('.avsc', '')).sort()).toEqual(RECORDS);
  expect([...new Set(releasedFiles.map((file) => file.replace(/\.v\d+\.avsc$/, '')))].sort()).toEqual(RECORDS);
});

test('every released schema is unchanged, byte for byte', () => {
  const sums = readFileSync(join(directory, 'released', 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n');
  const actual = releasedFiles.sort().map((file) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(directory, 'released', file)))
      .digest('hex');
    return `${digest}  ${file}`;
  });
  expect(actual).toEqual(sums.sort((left, right) => (left.slice(66) < right.slice(66) ? -1 : 1)));
});

describe.each(RECORDS)('%s', (name) => {
  const { current, released } = loadSchemas(name, directory);

  test('has versions from 1 without a gap', () => {
    expect(released.map(({ version }) => version)).toEqual(released.map((_, position) => position + 1));
    expect(released.length).toBeGreaterThan(0);
  });

  test('documents every type and field', () => {
    expect(undocumented(current)).toEqual([]);
  });

  test.each(released.map(({ version }) => version))('resolves with version %i in both directions', (version) => {
    expect(releaseProblems(released[version - 1]!.schema, current)).toEqual([]);
  });

  test('resolves between every two released versions', () => {
    for (const older of released) {
      for (const newer of released.slice(older.version)) {
        expect(releaseProblems(older.schema, newer.schema)).toEqual([]);
      }
    }
  });

  test.each(released.map(({ version }) => version))('keeps the records of version %i and back', (version) => {
    const older = parseSchema(released[version - 1]!.schema);
    const newer = parseSchema(current);
    for (const [writer, reader] of [
      [older, newer],
      [newer, older],
    ] as const) {
      const made = createReader(writer, reader);
      if (!made.ok) throw new Error(made.problem.message);
      fc.assert(
        fc.property(fc.constant(null), () => {
          expect(made.value(writer.type.toBuffer(writer.type.random()), 0).ok).toBe(true);
        }),
      );
    }
  });
});
