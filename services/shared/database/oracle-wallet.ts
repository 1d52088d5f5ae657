import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { TlsSettings } from '../config/read-pem';
import { BridgeError } from '../errors';

/** DER: a tag, the length of what follows, and that; nothing here is longer than two bytes can say. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

const hex = (tag: number, content: string): Buffer => der(tag, Buffer.from(content, 'hex'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const time = (text: string): Buffer => der(0x18, Buffer.from(text));

const ECDSA_WITH_SHA256 = sequence(hex(0x06, '2a8648ce3d040302'));
const NOBODY = sequence(
  der(0x31, sequence(hex(0x06, '550403'), der(0x0c, Buffer.from('sms-bridge, no client certificate')))),
);

/** A key and a certificate that stand for nobody. */
const createNobody = (): string => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const body = sequence(
    der(0xa0, hex(0x02, '02')),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    NOBODY,
    sequence(time('20000101000000Z'), time('99991231235959Z')),
    NOBODY,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
  const certificate = `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return `${certificate}${privateKey.export({ type: 'pkcs8', format: 'pem' })}`;
};

/**
 * What the driver takes for a wallet: one PEM text, out of which it loads a certificate with its key, and the authorities. One with authorities only, which is
 * all that a client without a certificate has, it cannot load ("DECODER routines::unsupported"): a key made for the purpose goes with them. It is sent only to
 * a server that asks for one. Undefined: the authorities that Node knows.
 * @throws BridgeError CONFIG_INVALID
 */
export const toWalletContent = ({ ca, cert, key }: TlsSettings): string | undefined => {
  if (cert === undefined || key === undefined) return ca === undefined ? undefined : `${createNobody()}${ca}`;
  if (ca !== undefined) return `${cert}\n${key}\n${ca}`;
  throw new BridgeError(
    'CONFIG_INVALID',
    'DATABASE_TLS_CA_FILE: on Oracle it must be set where DATABASE_TLS_CERT_FILE is: the driver then trusts no other authority',
  );
};
