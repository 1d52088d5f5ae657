import { BridgeError } from '../../errors';
import { createCertificate } from '../../tls/certificate';
import type { TlsSettings } from '../../tls/read-pem';

/** A key and a certificate that stand for nobody. */
const createNobody = (): string => {
  const { key, cert } = createCertificate({
    name: 'sms-bridge, no client certificate',
    from: Date.UTC(2000, 0, 1),
    to: Date.UTC(9999, 11, 31, 23, 59, 59),
  });
  return `${cert}${key}`;
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
