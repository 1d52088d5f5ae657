type Decoder = { buffer: Buffer; offset: number };
type LongClass = { fromInt: (value: number) => unknown; fromString: (text: string) => unknown };
type ReadVarLong = ((this: Decoder) => unknown) & { short?: true };

const CONTINUES = 0x80;
/** 4 × 7 bits: below 2³¹, where JavaScript's integers are exact and fast */
const SHORT_BYTES = 4;

/** For each record kafkajs parses the first offset and the first time of its batch again, in turn; its longs never change, so the last two are kept. */
const rememberTwo = (Long: LongClass): void => {
  const parse = Long.fromString.bind(Long);
  let last: { readonly text: string; readonly value: unknown } | undefined;
  let before: typeof last;
  Long.fromString = (text) => {
    if (last?.text === text) return last.value;
    if (before?.text !== text) before = { text, value: parse(text) };
    [last, before] = [before, last];
    return last.value;
  };
};

/**
 * kafkajs reads every variable-length long bit group by bit group with BigInts, a dozen of them for each record, for time differences that nearly
 * always fit in two bytes: among the first three allocators of the relay, measured. Short ones are read as integers here; others as before. Idempotent.
 */
export const readShortLongs = (): void => {
  const { prototype } = require('kafkajs/src/protocol/decoder') as { prototype: { readVarLong: ReadVarLong } };
  const Long = require('kafkajs/src/utils/long') as LongClass;
  const original = prototype.readVarLong;
  if (original.short) return;
  const readVarLong = function (this: Decoder): unknown {
    let zigzag = 0;
    for (let i = 0; i < SHORT_BYTES; i += 1) {
      const byte = this.buffer[this.offset + i];
      if (byte === undefined) break;
      zigzag |= (byte & 0x7f) << (7 * i);
      if (byte < CONTINUES) {
        this.offset += i + 1;
        return Long.fromInt((zigzag >>> 1) ^ -(zigzag & 1));
      }
    }
    return original.call(this);
  };
  prototype.readVarLong = Object.assign(readVarLong, { short: true as const });
  rememberTwo(Long);
};
