import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const HASH_PREFIX = 'sha256:';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Returns the hash that LOGIN_USER stores of a key's secret. The secret has 256 random bits, so a
 * slow hash would protect nothing.
 */
export const hashSecret = (secret: string): string => `${HASH_PREFIX}${sha256(secret).toString('hex')}`;

/** Creates a key `<username>.<secret>`, which is shown once, and the hash to store. */
export const createApiKey = (username: string): { readonly key: string; readonly hash: string } => {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { key: `${username}.${secret}`, hash: hashSecret(secret) };
};

/** Splits `<username>.<secret>`. Returns undefined for another shape. */
export const parseApiKey = (key: string): { readonly username: string; readonly secret: string } | undefined => {
  const dot = key.lastIndexOf('.');
  if (dot < 1 || dot === key.length - 1 || key.length > 256) return undefined;
  return { username: key.slice(0, dot), secret: key.slice(dot + 1) };
};

/** Tells whether a secret's hash is the stored one, in the same time with and without one. */
export const isSecretOf = (secret: string, storedHash: string | null | undefined): boolean => {
  const actual = sha256(secret);
  const known = storedHash?.startsWith(HASH_PREFIX)
    ? Buffer.from(storedHash.slice(HASH_PREFIX.length), 'hex')
    : undefined;
  const expected = known?.length === actual.length ? known : Buffer.alloc(actual.length);
  return timingSafeEqual(actual, expected) && expected === known;
};
