import type { ByteReader } from '../wire/byte-reader';
import { FUNCTION, MESSAGE } from './protocol';

/** A deferred operation that the driver sends before its next call. */
export type Piggyback =
  | { readonly kind: 'closeCursors' | 'cancelCursors'; readonly cursorIds: readonly number[] }
  | { readonly kind: 'setSchema'; readonly schema: string }
  | { readonly kind: 'endToEnd'; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'freeLobs'; readonly locators: Buffer };

const readCursors = (reader: ByteReader): number[] => {
  reader.u8();
  return Array.from({ length: reader.ub() }, () => reader.ub());
};

/** Order of the values on the wire. */
const END_TO_END = ['clientIdentifier', 'module', 'action', 'ecid', 'clientInfo', 'dbOp'] as const;

const readEndToEnd = (reader: ByteReader): Readonly<Record<string, string>> => {
  reader.skip('u8', 'u8', 'ub');
  const announced = new Map<string, number>();
  const announce = (name: string): void => {
    const pointer = reader.u8();
    const length = reader.ub();
    if (pointer === 1) announced.set(name, length);
  };
  for (const name of END_TO_END.slice(0, 4)) announce(name);
  reader.skip('u8', 'ub');
  announce('clientInfo');
  reader.skip('u8', 'ub', 'u8', 'ub');
  announce('dbOp');
  return Object.fromEntries(
    END_TO_END.filter((name) => announced.has(name)).map((name) => [name, announced.get(name) ? reader.text() : '']),
  );
};

const readFreedLobs = (reader: ByteReader): Buffer => {
  reader.u8();
  const length = reader.ub();
  reader.skip('u8', 'ub', 'ub', 'ub', 'u8', 'u8', 'u8', 'ub', 'u8', 'ub', 'ub', 'ub', 'u8');
  reader.skip('u8', 'ub', 'u8', 'ub', 'u8', 'ub');
  return Buffer.from(reader.raw(length));
};

const readOne = (reader: ByteReader, code: number): Piggyback => {
  switch (code) {
    case FUNCTION.closeCursors:
      return { kind: 'closeCursors', cursorIds: readCursors(reader) };
    case FUNCTION.cancelCursors:
      return { kind: 'cancelCursors', cursorIds: readCursors(reader) };
    case FUNCTION.setSchema:
      reader.skip('u8', 'ub');
      return { kind: 'setSchema', schema: reader.text() };
    case FUNCTION.endToEnd:
      return { kind: 'endToEnd', attributes: readEndToEnd(reader) };
    case FUNCTION.lobOperation:
      return { kind: 'freeLobs', locators: readFreedLobs(reader) };
    default:
      throw new Error(`piggyback ${code} is unknown to this server`);
  }
};

/** Reads the piggybacks at the front of a message, and the type of what follows them. */
export const readPiggybacks = (reader: ByteReader) => {
  const piggybacks: Piggyback[] = [];
  let type = reader.u8();
  while (type === MESSAGE.piggyback) {
    const code = reader.u8();
    reader.u8();
    piggybacks.push(readOne(reader, code));
    type = reader.u8();
  }
  return { type, piggybacks };
};
