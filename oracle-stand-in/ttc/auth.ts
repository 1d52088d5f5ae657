import { createCipheriv, createDecipheriv, createHash, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { ByteReader } from '../wire/byte-reader';
import type { ByteWriter } from '../wire/byte-writer';
import { MESSAGE } from './protocol';

const deriveKey = promisify(pbkdf2);
const NO_IV = Buffer.alloc(16);
const VERIFIER_12C = 0x4815;
const VERIFIER_10G = 0x939;
const VERIFIER_ROUNDS = 4096;
const SESSION_KEY_ROUNDS = 3;
const VERSION_NUMBERS = { '19': (19 << 24) | (3 << 20), '23.6': (23 << 24) | (6 << 20) };

const hex = (bytes: Buffer): string => bytes.toString('hex').toUpperCase();

const encrypt = (key: Buffer, bytes: Buffer): Buffer => {
  const cipher = createCipheriv('aes-256-cbc', key, NO_IV).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
};

const decrypt = (key: Buffer, bytes: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-cbc', key, NO_IV).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
};

type Pair = readonly [key: string, value: string, flags?: number];

const writePairs = (writer: ByteWriter, pairs: readonly Pair[]): void => {
  writer.u8(MESSAGE.parameter).ub(pairs.length);
  for (const [key, value, flags = 0] of pairs) writer.text(key).text(value).ub(flags);
};

/** Reads the user name and the key/value pairs that both phases carry. */
export const readAuthMessage = (reader: ByteReader) => {
  reader.skip('u8', 'ub', 'ub', 'u8');
  const count = reader.ub();
  reader.skip('u8', 'u8');
  const user = reader.text();
  const pairs = new Map<string, string>();
  for (let at = 0; at < count; at += 1) {
    reader.ub();
    const key = reader.text();
    const value = reader.ub() > 0 ? reader.text() : '';
    reader.ub();
    pairs.set(key, value);
  }
  return { user, pairs };
};

export type LoginChallenge = {
  readonly passwordHash: Buffer;
  readonly serverKey: Buffer;
  readonly mixingSalt: Buffer;
};

/** Answers phase one: a 12C verifier, and half of the session's key encrypted with it. */
export const challenge = async (writer: ByteWriter, password: string): Promise<LoginChallenge> => {
  const salt = randomBytes(16);
  const speedy = Buffer.concat([salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')]);
  const derived = await deriveKey(password, speedy, VERIFIER_ROUNDS, 64, 'sha512');
  const passwordHash = createHash('sha512').update(derived).update(salt).digest().subarray(0, 32);
  const serverKey = randomBytes(32);
  const mixingSalt = randomBytes(16);
  writePairs(writer, [
    ['AUTH_SESSKEY', hex(encrypt(passwordHash, serverKey))],
    ['AUTH_VFR_DATA', hex(salt), VERIFIER_12C],
    ['AUTH_PBKDF2_CSK_SALT', hex(mixingSalt)],
    ['AUTH_PBKDF2_VGEN_COUNT', String(VERIFIER_ROUNDS)],
    ['AUTH_PBKDF2_SDER_COUNT', String(SESSION_KEY_ROUNDS)],
  ]);
  return { passwordHash, serverKey, mixingSalt };
};

/**
 * Answers phase one for a password that has only the verifier of 10g. The driver sees the kind of
 * the verifier and gives up.
 */
export const challenge10G = (writer: ByteWriter): void =>
  writePairs(writer, [
    ['AUTH_SESSKEY', hex(randomBytes(32))],
    ['AUTH_VFR_DATA', '', VERIFIER_10G],
  ]);

/** Reads phase two: derives the session's key, and decrypts the client's password with it. */
export const readPassword = async (
  login: LoginChallenge,
  pairs: ReadonlyMap<string, string>,
): Promise<{ readonly sessionKey: Buffer; readonly password: string }> => {
  const clientKey = decrypt(login.passwordHash, Buffer.from(pairs.get('AUTH_SESSKEY') ?? '', 'hex'));
  const both = hex(Buffer.concat([clientKey.subarray(0, 32), login.serverKey]));
  const sessionKey = await deriveKey(both, login.mixingSalt, SESSION_KEY_ROUNDS, 32, 'sha512');
  const padded = decrypt(sessionKey, Buffer.from(pairs.get('AUTH_PASSWORD') ?? '', 'hex'));
  const password = padded.subarray(16, padded.length - (padded.at(-1) ?? 0)).toString();
  return { sessionKey, password };
};

/** Completes the login: proves knowledge of the session's key, and describes the server. */
export const writeWelcome = (
  writer: ByteWriter,
  sessionKey: Buffer,
  server: {
    readonly service: string;
    readonly openCursors: number;
    readonly sessionId: number;
    readonly version: keyof typeof VERSION_NUMBERS;
  },
): void => {
  const proof = Buffer.concat([randomBytes(16), Buffer.from('SERVER_TO_CLIENT'), Buffer.alloc(16, 16)]);
  writePairs(writer, [
    ['AUTH_VERSION_NO', String(VERSION_NUMBERS[server.version])],
    ['AUTH_SESSION_ID', String(server.sessionId)],
    ['AUTH_SERIAL_NUM', '1'],
    ['AUTH_SC_DBUNIQUE_NAME', server.service],
    ['AUTH_SC_SERVICE_NAME', server.service],
    ['AUTH_INSTANCENAME', 'STANDIN'],
    ['AUTH_MAX_OPEN_CURSORS', String(server.openCursors)],
    ['AUTH_MAX_IDEN_LENGTH', '128'],
    ['AUTH_SVR_RESPONSE', hex(encrypt(sessionKey, proof))],
  ]);
};
