import { crc32c } from '../../shared/kafka/records/crc32c';

/** Encodes a number as Kafka's records do: zigzag, seven bits a byte. */
export const toVarint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 0x80);
  }
};

const toField = (bytes: Buffer | null): Buffer =>
  bytes === null ? toVarint(-1) : Buffer.concat([toVarint(bytes.length), bytes]);

export type RecordFields = {
  readonly value: Buffer | null;
  readonly key?: Buffer | null;
  readonly headers?: readonly (readonly [name: string, value: Buffer | null])[];
};

export const toRecordBytes = (offsetDelta: number, { value, key = null, headers = [] }: RecordFields): Buffer => {
  const fields = Buffer.concat([
    Buffer.from([0]),
    toVarint(0),
    toVarint(offsetDelta),
    toField(key),
    toField(value),
    toVarint(headers.length),
    ...headers.flatMap(([name, of]) => [toField(Buffer.from(name)), toField(of)]),
  ]);
  return Buffer.concat([toVarint(fields.length), fields]);
};

/** Encodes a batch of format 2 around any bytes, with a correct checksum. */
export const toBatch = (
  records: Buffer,
  of: {
    readonly count: number;
    readonly compression?: number;
    readonly firstOffset?: number;
    readonly lastDelta?: number;
  },
): Buffer => {
  const { count, compression = 0, firstOffset = 0, lastDelta = count - 1 } = of;
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(firstOffset), 0);
  head.writeInt32BE(49 + records.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(compression, 21);
  head.writeInt32BE(lastDelta, 23);
  head.writeBigInt64BE(1_700_000_000_000n, 27);
  head.writeBigInt64BE(1_700_000_000_000n, 35);
  head.writeBigInt64BE(-1n, 43);
  head.writeInt32BE(count, 57);
  const batch = Buffer.concat([head, records]);
  batch.writeInt32BE(crc32c(batch, 21), 17);
  return batch;
};

/**
 * Encodes an entry of format 1, the format of clients before Kafka 0.11. Its checksum is not
 * checked.
 */
export const toOldEntry = (offset: number, value: Buffer, compression = 0): Buffer => {
  const entry = Buffer.alloc(34 + value.length);
  entry.writeBigInt64BE(BigInt(offset), 0);
  entry.writeInt32BE(22 + value.length, 8);
  entry.writeInt8(1, 16);
  entry.writeInt8(compression, 17);
  entry.writeBigInt64BE(1_700_000_000_000n, 18);
  entry.writeInt32BE(-1, 26);
  entry.writeInt32BE(value.length, 30);
  value.copy(entry, 34);
  return entry;
};
