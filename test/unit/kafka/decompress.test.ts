import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decompress } from '../../../shared/kafka/records/compression/decompress';
import { zstdZeros } from '../../support/hostile-batches';
import { tries } from '../../support/tries';

const MEGABYTE = 1_048_576;
const FOLDER = join(__dirname, 'compressed');
const FORMATS: Readonly<Record<string, number>> = { gz: 1, snappy: 2, lz4: 3, zst: 4 };
const compressedText = Array.from({ length: 6_000 }, (_, i) => `${i} 消息 停电通知 ${(i * 7919) % 1000}\n`).join('');
const files = readdirSync(FOLDER).filter((name) => !name.endsWith('.md'));
const formatOf = (name: string): number => FORMATS[name.split('.').at(-1) as string] as number;

describe('decompressing', () => {
  it.each(files)('returns the content of %s', (name) => {
    const bytes = readFileSync(join(FOLDER, name));
    expect(decompress(formatOf(name), bytes, MEGABYTE).toString()).toBe(compressedText);
  });

  it.each(files)('stops %s at the bound', (name) => {
    const bytes = readFileSync(join(FOLDER, name));
    const whole = Buffer.byteLength(compressedText);
    expect(decompress(formatOf(name), bytes, whole)).toHaveLength(whole);
    expect(() => decompress(formatOf(name), bytes, whole - 1)).toThrow(/inflates to more than/);
  });

  it.each(files)('ends at once for %s that is truncated anywhere, or has flipped bits', (name) => {
    const bytes = readFileSync(join(FOLDER, name));
    for (let i = 1; i <= tries(60); i += 1) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * i) / (tries(60) + 1)));
      const turned = Buffer.from(bytes);
      for (let bit = 0; bit < 3; bit += 1) turned[(i * 7919 + bit * 104_729) % turned.length]! ^= 1 << (i % 8);
      for (const damaged of [cut, turned]) {
        const startedAt = performance.now();
        try {
          expect(decompress(formatOf(name), damaged, MEGABYTE).length).toBeLessThanOrEqual(MEGABYTE);
        } catch (error) {
          expect(error).toHaveProperty('message');
        }
        expect(performance.now() - startedAt).toBeLessThan(2_000);
      }
    }
  });

  it.each([
    ['gzip followed by other bytes', 1, Buffer.concat([gzipSync('a'), Buffer.from('garbage!')])],
    ['gzip and half a second member', 1, Buffer.concat([gzipSync('a'), gzipSync('b').subarray(0, 9)])],
    ['snappy that claims four gigabytes', 2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])],
    ['snappy that claims more than its bytes can hold', 2, Buffer.from([0x80, 0x80, 0x80, 0x04, 0x00])],
    ['LZ4 with a dictionary', 3, Buffer.from('04224d1861400100000000', 'hex')],
    ['Zstandard with a dictionary', 4, Buffer.from('28b52ffd2101000100', 'hex')],
    ['Zstandard without its last block', 4, Buffer.from('28b52ffd0058020000', 'hex')],
    ['a compression that Kafka does not have', 5, Buffer.from('x')],
  ])('refuses %s', (_, format, bytes) => {
    expect(() => decompress(format, bytes, MEGABYTE)).toThrow();
  });

  it('reserves no memory for a mere claim, and stops endless content', () => {
    const before = process.memoryUsage().rss;
    const huge = zstdZeros(300 * MEGABYTE);
    expect(huge.length).toBeLessThan(16_384);
    expect(() => decompress(4, huge, 16 * MEGABYTE)).toThrow(/inflates to more than 16777216 bytes/);
    // a window of two gigabytes, one byte of content
    expect(decompress(4, Buffer.from('28b52ffd00a80900004141', 'hex').subarray(0, 10), MEGABYTE).length).toBeLessThan(
      2,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEGABYTE);
  });
});
