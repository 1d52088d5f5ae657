import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BridgeError, messageOf } from '../errors';

const invalid = (problem: string): BridgeError => new BridgeError('CONFIG_INVALID', problem);

const readPem = (variable: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(`${variable}: cannot read it: ${messageOf(error)}`);
  }
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads a PEM file of one or more certificates and checks that each can be parsed. */
const readCertificates = (variable: string, path: string): string => {
  const pem = readPem(variable, path);
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw invalid(`${variable}: ${path} holds no certificate (-----BEGIN CERTIFICATE-----)`);
  for (const [index, certificate] of found.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw invalid(`${variable}: certificate ${index + 1} in ${path} cannot be read: ${messageOf(error)}`);
    }
  }
  return pem;
};

const readKey = (variable: string, path: string): string => {
  const pem = readPem(variable, path);
  if (/ENCRYPTED/.test(pem)) {
    throw invalid(
      `${variable}: the key in ${path} is encrypted; store it without a passphrase (openssl pkey -in … -out …)`,
    );
  }
  try {
    createPrivateKey(pem);
  } catch {
    throw invalid(`${variable}: ${path} holds no private key that can be read (-----BEGIN PRIVATE KEY-----)`);
  }
  return pem;
};

/** The values of `<prefix>`, `<prefix>_CA_FILE`, `<prefix>_CERT_FILE` and `<prefix>_KEY_FILE`. */
type TlsValues = {
  readonly enabled: boolean;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
};

/** PEM texts, as Node's TLS options take them. */
export type TlsSettings = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/**
 * Reads the PEM files of one connection and checks that they fit together. Returns undefined when
 * TLS is off. A broken file would otherwise surface as an OpenSSL error at the first connection,
 * and files set without `<prefix>=true` would leave the connection unencrypted unnoticed.
 * @throws BridgeError CONFIG_INVALID
 */
export const readTls = (prefix: string, { enabled, caFile, certFile, keyFile }: TlsValues): TlsSettings | undefined => {
  if (!enabled) {
    if ((caFile ?? certFile ?? keyFile) === undefined) return undefined;
    throw invalid(`${prefix}: is not true, but a ${prefix}_…_FILE is set; set ${prefix}=true`);
  }
  if ((certFile === undefined) !== (keyFile === undefined))
    throw invalid(`${prefix}_CERT_FILE and ${prefix}_KEY_FILE: set both or neither`);
  const ca = caFile === undefined ? {} : { ca: readCertificates(`${prefix}_CA_FILE`, caFile) };
  if (certFile === undefined || keyFile === undefined) return ca;
  const cert = readCertificates(`${prefix}_CERT_FILE`, certFile);
  const key = readKey(`${prefix}_KEY_FILE`, keyFile);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    throw invalid(`${prefix}_KEY_FILE: ${keyFile} is not the key of the (first) certificate in ${certFile}`);
  return { ...ca, cert, key };
};
