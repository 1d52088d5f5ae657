import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A key and its certificate (chain), as PEM. */
export type Certificate = { readonly key: string; readonly cert: string };

/**
 * Encodes DER: tag, length in as few bytes as possible (X.690, 10.1; at most two here), content.
 * Java rejects longer lengths: it checks signatures over its own encoding.
 */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};

const hex = (tag: number, content: string): Buffer => der(tag, Buffer.from(content, 'hex'));
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);

const time = (epochMs: number): Buffer =>
  der(0x18, Buffer.from(`${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(hex(0x06, '550403'), der(0x0c, Buffer.from(name)))));

const ECDSA_WITH_SHA256 = sequence(hex(0x06, '2a8648ce3d040302'));

/**
 * Creates an EC key and an X.509 certificate (RFC 5280) for it. Node cannot create certificates.
 * @param wanted.from first moment of validity, epoch ms
 * @param wanted.to last moment of validity, epoch ms
 * @param wanted.extensions each in DER
 * @param wanted.issuer absent for a self-signed certificate
 */
const createCertificate = (wanted: {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly extensions?: readonly Buffer[];
  readonly issuer?: { readonly name: string; readonly key: KeyObject } | undefined;
}): Certificate & { readonly private: KeyObject } => {
  const { name, from, to, extensions = [], issuer } = wanted;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const body = sequence(
    der(0xa0, hex(0x02, '02')),
    der(0x02, Buffer.from([1]), randomBytes(8)),
    ECDSA_WITH_SHA256,
    commonName(issuer?.name ?? name),
    sequence(time(from), time(to)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer?.key ?? privateKey));
  const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64');
  return {
    private: privateKey,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
};

/** Encodes a subjectAltName: an IP address or a host name. */
const forHost = (host: string): Buffer => {
  const name = isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
  return sequence(hex(0x06, '551d11'), der(0x04, sequence(name)));
};
/** basicConstraints of a certificate authority. */
const AUTHORITY = sequence(hex(0x06, '551d13'), hex(0x01, 'ff'), der(0x04, sequence(hex(0x01, 'ff'))));

const DAY = 86_400_000;

type Wanted = {
  readonly name: string;
  /** The host name or address that clients use. */
  readonly host?: string;
  readonly authority?: boolean;
  readonly expired?: boolean;
  /** Absent for a self-signed certificate. */
  readonly issuer?: { readonly name: string; readonly key: KeyObject };
};

const create = ({ name, host, authority, expired, issuer }: Wanted): Certificate & { readonly private: KeyObject } => {
  const to = Date.now() + (expired ? -DAY : DAY);
  const extensions = [...(host === undefined ? [] : [forHost(host)]), ...(authority ? [AUTHORITY] : [])];
  return createCertificate({ name, from: to - 2 * DAY, to, extensions, issuer });
};

/**
 * Creates a key and a self-signed certificate for 127.0.0.1, valid for a day, as PEM. No tool that
 * does this exists on every machine.
 */
export const createSelfSignedCertificate = (): Certificate => {
  const { key, cert } = create({ name: 'localhost', host: '127.0.0.1', authority: true });
  return { key, cert };
};

/** Creates an authority: its certificate, and a function that signs others. */
export const createAuthority = (name: string) => {
  const own = create({ name, authority: true });
  const issue = (wanted: Omit<Wanted, 'authority' | 'issuer'>): Certificate => {
    const { key, cert } = create({ ...wanted, issuer: { name, key: own.private } });
    return { key, cert };
  };
  return { cert: own.cert, issue };
};
