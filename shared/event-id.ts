import { createHash, hash } from 'node:crypto';

/**
 * Namespace of every id that sms-bridge derives. Never change it: every repeated event would get a
 * new identity.
 */
export const EVENT_NAMESPACE = '0b8e5f5a-3c1d-4f6e-9a47-6d2c1e7b9f30';

const NAMESPACE_BYTES = 16;

/**
 * The namespace, followed by the name to be hashed. One buffer serves all ids, because hashing is
 * synchronous.
 */
let scratch = Buffer.alloc(4096);
scratch.write(EVENT_NAMESPACE.replaceAll('-', ''), 'hex');

/** Hashes in one call where Node can (since 20.12): a `Hash` object costs more than hashing. */
const sha1: (bytes: Buffer) => string =
  typeof hash === 'function'
    ? (bytes) => hash('sha1', bytes, 'hex')
    : (bytes) => createHash('sha1').update(bytes).digest('hex');

/**
 * Joins the parts to one name. Each part is preceded by its length, so that ('a', 'bc') and ('ab',
 * 'c') differ. Null differs from the empty string.
 */
const nameOf = (parts: readonly (string | number | bigint | null)[]): string => {
  let name = '';
  for (const part of parts) {
    const text = part === null ? '' : String(part);
    name += part === null ? '~' : `${text.length}:${text}`;
  }
  return name;
};

/**
 * Derives a UUIDv5 (RFC 9562) from what an event is about: the same parts give the same id, in
 * every process and after every restart. A number and its decimal text are the same part, because
 * database drivers differ in which of the two they return. Uses node:crypto instead of the uuid
 * library: same ids, twice the rate (a test compares the two).
 */
export const eventId = (...parts: readonly (string | number | bigint | null)[]): string => {
  const name = nameOf(parts);
  const room = NAMESPACE_BYTES + 3 * name.length;
  if (room > scratch.length) scratch = Buffer.concat([scratch.subarray(0, NAMESPACE_BYTES)], room);
  const hex = sha1(scratch.subarray(0, NAMESPACE_BYTES + scratch.write(name, NAMESPACE_BYTES)));
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
