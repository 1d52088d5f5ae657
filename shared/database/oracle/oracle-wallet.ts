import { BridgeError } from '../../errors';
import { createCertificate } from '../../tls/certificate';
import type { TlsSettings } from '../../tls/read-pem';

/** Creates a key and a certificate that identify no client. */
const createNobody = (): string => {
  const { key, cert } = createCertificate({
    name: 'sms-bridge, no client certificate',
    from: Date.UTC(2000, 0, 1),
    to: Date.UTC(9999, 11, 31, 23, 59, 59),
  });
  return `${cert}${key}`;
};

/**
 * Returns the wallet that the driver expects: one PEM text, from which it loads a client
 * certificate with its key, and the authorities. Returns undefined to trust the authorities of
 * Node. The driver cannot load a wallet with authorities only ("DECODER routines::unsupported"), so
 * such a wallet gets a key created for the purpose. It is sent only to a server that requests a
 * client certificate.
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
