import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BridgeError, messageOf } from '../errors';
import type { TlsSettings } from './read-pem';

const invalid = (problem: string): BridgeError => new BridgeError('CONFIG_INVALID', problem);

const PARTS = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/** The file name that Oracle gives a wallet in PEM. */
const PEM_WALLET = 'ewallet.pem';

const read = (path: string): string => {
  try {
    const file = statSync(path).isDirectory() ? join(path, PEM_WALLET) : path;
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(
      `ORACLE_WALLET_FILE: cannot read it: ${messageOf(error)}; it must be a PEM file (${PEM_WALLET}) or its directory. cwallet.sso and ewallet.p12 are not read: openssl pkcs12 -in ewallet.p12 -out ${PEM_WALLET}`,
    );
  }
};

const openKey = (pem: string, path: string, password: string | undefined): KeyObject => {
  try {
    return createPrivateKey({ key: pem, ...(password === undefined ? {} : { passphrase: password }) });
  } catch {
    const what = !/ENCRYPTED/.test(pem)
      ? 'cannot be read'
      : password === undefined
        ? 'is encrypted; set ORACLE_WALLET_PASSWORD or ORACLE_WALLET_PASSWORD_FILE'
        : 'does not open with ORACLE_WALLET_PASSWORD';
    throw invalid(`ORACLE_WALLET_FILE: the private key in ${path} ${what}`);
  }
};

/**
 * Reads a wallet in PEM: certificates of authorities and, if present, a client certificate with its
 * (possibly encrypted) key, in any order.
 * @param path the file, or the directory that holds ewallet.pem
 * @returns the key decrypted
 * @throws BridgeError CONFIG_INVALID
 */
export const readWallet = (path: string, password: string | undefined): TlsSettings => {
  const parts = [...read(path).matchAll(PARTS)].map(([pem, kind = '']) => ({ pem: `${pem}\n`, kind }));
  const certificates = parts.filter(({ kind }) => kind === 'CERTIFICATE').map(({ pem }) => pem);
  if (certificates.length === 0)
    throw invalid(`ORACLE_WALLET_FILE: ${path} holds no certificate (-----BEGIN CERTIFICATE-----)`);
  const readable = certificates.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      throw invalid(`ORACLE_WALLET_FILE: certificate ${index + 1} in ${path} cannot be read: ${messageOf(error)}`);
    }
  });
  const keyPart = parts.find(({ kind }) => kind.endsWith('PRIVATE KEY'));
  if (keyPart === undefined) return { ca: certificates.join('') };
  const key = openKey(keyPart.pem, path, password);
  const own = readable.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (own < 0) throw invalid(`ORACLE_WALLET_FILE: no certificate in ${path} belongs to its private key`);
  const others = certificates.filter((_, index) => index !== own);
  if (others.length === 0)
    throw invalid(
      `ORACLE_WALLET_FILE: ${path} holds no certificate of an authority: the server's could not be checked`,
    );
  return {
    ca: others.join(''),
    cert: certificates[own] as string,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
