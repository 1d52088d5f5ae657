import fc from 'fast-check';
import { murmur2, toPartition } from '../../../shared/kafka/kafkajs/murmur2';

const theirs = require('kafkajs/src/producer/partitioners/default/murmur2') as (key: Buffer) => number;

describe('murmur2', () => {
  it('is that of the Java client', () => {
    // org.apache.kafka.common.utils.UtilsTest.testMurmur2
    const known: readonly [string, number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ];
    for (const [key, hash] of known) expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('agrees with kafkajs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(murmur2(Buffer.from(bytes))).toBe(theirs(Buffer.from(bytes)));
      }),
    );
  });

  it('returns a partition', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 200 }), (key, partitions) => {
        const partition = toPartition(Buffer.from(key), partitions);
        expect(partition >= 0 && partition < partitions && Number.isInteger(partition)).toBe(true);
      }),
    );
  });
});
