import { createHash } from 'node:crypto';

/** Namespace of every id that sms-bridge derives. Changing it gives every repeated event a new identity: never change it. */
export const EVENT_NAMESPACE = '0b8e5f5a-3c1d-4f6e-9a47-6d2c1e7b9f30';

const namespaceBytes = Buffer.from(EVENT_NAMESPACE.replaceAll('-', ''), 'hex');

/** Each part carries its length, so that ('a', 'bc') and ('ab', 'c') differ; null is not the empty string. */
const nameOf = (parts: readonly (string | number | bigint | null)[]): string => {
  let name = '';
  for (const part of parts) {
    const text = part === null ? '' : String(part);
    name += part === null ? '~' : `${text.length}:${text}`;
  }
  return name;
};

/**
 * UUIDv5 of what an event is about: the same parts give the same id, in every process and after every restart.
 * A number and its decimal text are the same part, because database drivers differ in which of them they return.
 * (node:crypto here rather than the uuid library: the same ids at twice the rate; a test compares the two.)
 */
export const eventId = (...parts: readonly (string | number | bigint | null)[]): string => {
  const digest = createHash('sha1').update(namespaceBytes).update(nameOf(parts)).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = digest.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
