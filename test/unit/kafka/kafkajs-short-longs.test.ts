import fc from 'fast-check';
import { readShortLongs } from '../../../services/shared/kafka/kafkajs-short-longs';

type Decoder = { offset: number; readVarLong: () => { toString: () => string } };
const DecoderClass = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const Encoder = require('kafkajs/src/protocol/encoder') as new () => {
  writeVarLong: (value: bigint) => { buffer: Buffer };
};

describe('variable-length longs', () => {
  const read = (bytes: Buffer) => {
    const decoder = new DecoderClass(bytes);
    return { value: decoder.readVarLong().toString(), offset: decoder.offset };
  };

  it('are read as kafkajs writes them, short or long', () => {
    readShortLongs();
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 29n), max: 2n ** 29n }),
      fc.bigInt({ min: -70n, max: 70n }),
    );
    fc.assert(
      fc.property(value, (written) => {
        const bytes = new Encoder().writeVarLong(written).buffer;
        expect(read(Buffer.concat([bytes, Buffer.from([0xff])]))).toEqual({
          value: String(written),
          offset: bytes.length,
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
