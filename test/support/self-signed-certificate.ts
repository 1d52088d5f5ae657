import { generateKeyPairSync, sign } from 'node:crypto';

/** DER: a tag, the length of what follows, and that. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const bytes = content.length < 128 ? [] : [...Buffer.from(content.length.toString(16).padStart(4, '0'), 'hex')];
  return Buffer.concat([
    Buffer.from([tag, bytes.length === 0 ? content.length : 0x80 + bytes.length, ...bytes]),
    content,
  ]);
};

const hex = (tag: number, content: string): Buffer => der(tag, Buffer.from(content, 'hex'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const time = (at: Date): Buffer => der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));

const ECDSA_WITH_SHA256 = sequence(hex(0x06, '2a8648ce3d040302'));
const LOCALHOST = sequence(der(0x31, sequence(hex(0x06, '550403'), der(0x0c, Buffer.from('localhost')))));
/** subjectAltName: IP address 127.0.0.1 */
const FOR_LOOPBACK = sequence(hex(0x06, '551d11'), der(0x04, sequence(hex(0x87, '7f000001'))));
/** basicConstraints: a certificate authority, its own */
const AUTHORITY = sequence(hex(0x06, '551d13'), hex(0x01, 'ff'), der(0x04, sequence(hex(0x01, 'ff'))));

/** A key and a certificate for 127.0.0.1 that is good for two days, as PEM; it is its own authority. (No tool makes one on every machine.) */
export const createSelfSignedCertificate = (): { readonly key: string; readonly cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const day = 86_400_000;
  const body = sequence(
    der(0xa0, hex(0x02, '02')),
    hex(0x02, '01'),
    ECDSA_WITH_SHA256,
    LOCALHOST,
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + day))),
    LOCALHOST,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(FOR_LOOPBACK, AUTHORITY)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
};
