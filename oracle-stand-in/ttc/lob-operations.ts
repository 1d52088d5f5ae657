import type { ByteReader } from '../wire/byte-reader';
import type { ByteWriter } from '../wire/byte-writer';
import { ORACLE_TYPE } from '../wire/oracle-types';
import { fromNationalBytes, toNationalBytes } from '../wire/values';
import { FORM, MESSAGE } from './protocol';

const LOCATOR_LENGTH = 40;
const ID_AT = 30;
const CHUNK_SIZE = 8132;
const OPERATION = {
  length: 0x0001,
  read: 0x0002,
  trim: 0x0020,
  write: 0x0040,
  chunkSize: 0x4000,
  createTemporary: 0x0110,
  open: 0x8000,
  close: 0x10000,
} as const;

type Lob = { content: string | Buffer; readonly national: boolean };

/** The LOBs of one session: content by the locators that the client holds. */
export type LobStore = {
  readonly toLocator: (content: string | Buffer, national?: boolean) => Buffer;
  readonly content: (locator: Buffer) => string | Buffer;
  readonly free: (locators: Buffer) => void;
  readonly count: () => number;
};

export type LobTable = LobStore & { readonly find: (locator: Buffer) => Lob };

export const createLobStore = (): LobTable => {
  const lobs = new Map<number, Lob>();
  let next = 1;
  const idOf = (locator: Buffer): number => locator.readUInt32BE(ID_AT);
  const find = (locator: Buffer): Lob => {
    const lob = lobs.get(idOf(locator));
    if (lob === undefined) throw new Error('unknown LOB locator');
    return lob;
  };
  return {
    find,
    content: (locator) => find(locator).content,
    toLocator: (content, national = false) => {
      const locator = Buffer.alloc(LOCATOR_LENGTH);
      locator.writeUInt16BE(LOCATOR_LENGTH - 2);
      locator.writeUInt32BE(next, ID_AT);
      lobs.set(next, { content, national });
      next += 1;
      return locator;
    },
    free: (locators) => {
      for (let at = 0; at < locators.length; at += LOCATOR_LENGTH) {
        lobs.delete(idOf(locators.subarray(at, at + LOCATOR_LENGTH)));
      }
    },
    count: () => lobs.size,
  };
};

/** Overwrites a piece. Offsets count from 1, in characters of a CLOB or bytes of a BLOB. */
const overwrite = ({ content, national }: Lob, offset: number, piece: Buffer): string | Buffer => {
  if (Buffer.isBuffer(content)) {
    return Buffer.concat([content.subarray(0, offset - 1), piece, content.subarray(offset - 1 + piece.length)]);
  }
  const text = national ? fromNationalBytes(piece) : piece.toString();
  return content.slice(0, offset - 1).padEnd(offset - 1) + text + content.slice(offset - 1 + text.length);
};

/** Reads and executes one LOB call, and writes the answer without its ending. */
export const runLobOperation = (reader: ByteReader, writer: ByteWriter, lobs: LobTable): void => {
  const hasLocator = reader.u8() === 1;
  const locatorLength = reader.ub();
  reader.skip('u8', 'ub', 'ub', 'ub', 'u8', 'u8', 'u8');
  const operation = reader.ub();
  reader.skip('u8', 'u8');
  const offset = reader.ub();
  const destination = reader.ub();
  const sendsAmount = reader.u8() === 1;
  reader.raw(6);
  const sent = hasLocator ? Buffer.from(reader.raw(locatorLength)) : Buffer.alloc(LOCATOR_LENGTH);
  if (operation === OPERATION.createTemporary) {
    reader.ub();
    const empty = destination === ORACLE_TYPE.blob ? Buffer.alloc(0) : '';
    writer
      .u8(MESSAGE.parameter)
      // The driver sends the form of the new LOB in place of an offset.
      .raw(lobs.toLocator(empty, offset === FORM.national))
      .ub(0)
      .u8(0);
    return;
  }
  const lob = lobs.find(sent);
  const length = (): number => lob.content.length;
  let amount = 0;
  if (operation === OPERATION.write) {
    reader.u8();
    lob.content = overwrite(lob, offset, reader.bytes() ?? Buffer.alloc(0));
  } else if (sendsAmount) amount = reader.ub();
  if (operation === OPERATION.read) {
    const piece = lob.content.slice(offset - 1, offset - 1 + amount);
    const bytes = lob.national ? toNationalBytes(piece.toString()) : Buffer.from(piece as string);
    if (piece.length > 0) writer.u8(MESSAGE.lobData).bytes(bytes);
    amount = piece.length;
  } else if (operation === OPERATION.length) amount = length();
  else if (operation === OPERATION.chunkSize) amount = CHUNK_SIZE;
  else if (operation === OPERATION.trim) lob.content = lob.content.slice(0, amount);
  writer.u8(MESSAGE.parameter).raw(sent);
  if (sendsAmount) writer.sb(amount);
};
