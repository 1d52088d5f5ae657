import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { type CreatedCertificate, createCertificate, der, hex, sequence } from '../../shared/tls/certificate';

/** A key and its certificate (chain), as PEM. */
export type Certificate = { readonly key: string; readonly cert: string };

/** subjectAltName: an IP address or a host name */
const forHost = (host: string): Buffer => {
  const name = isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
  return sequence(hex(0x06, '551d11'), der(0x04, sequence(name)));
};
/** basicConstraints: a certificate authority */
const AUTHORITY = sequence(hex(0x06, '551d13'), hex(0x01, 'ff'), der(0x04, sequence(hex(0x01, 'ff'))));

const DAY = 86_400_000;

type Wanted = {
  readonly name: string;
  /** what a client must have dialled for the certificate to fit */
  readonly host?: string;
  readonly authority?: boolean;
  readonly expired?: boolean;
  /** nothing for a certificate that vouches for itself */
  readonly issuer?: { readonly name: string; readonly key: KeyObject };
};

const create = ({ name, host, authority, expired, issuer }: Wanted): CreatedCertificate => {
  const to = Date.now() + (expired ? -DAY : DAY);
  const extensions = [...(host === undefined ? [] : [forHost(host)]), ...(authority ? [AUTHORITY] : [])];
  return createCertificate({ name, from: to - 2 * DAY, to, extensions, issuer });
};

/** A key and a certificate for 127.0.0.1 that is good for a day, as PEM; it is its own authority. (No tool makes one on every machine.) */
export const createSelfSignedCertificate = (): Certificate => {
  const { key, cert } = create({ name: 'localhost', host: '127.0.0.1', authority: true });
  return { key, cert };
};

/** An authority of its own: its certificate, and what it signs. */
export const createAuthority = (name: string) => {
  const own = create({ name, authority: true });
  const issue = (wanted: Omit<Wanted, 'authority' | 'issuer'>): Certificate => {
    const { key, cert } = create({ ...wanted, issuer: { name, key: own.private } });
    return { key, cert };
  };
  return { cert: own.cert, issue };
};
