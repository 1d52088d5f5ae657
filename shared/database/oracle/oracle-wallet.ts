import { BridgeError } from '../../errors';
import type { TlsSettings } from '../../tls/read-pem';

/**
 * A self-signed certificate and its key that identify no client. Both are public: no server may
 * trust them.
 */
const PUBLIC_IDENTITY = `-----BEGIN CERTIFICATE-----
MIIBUTCB96ADAgECAgkBEj25blIodeswCgYIKoZIzj0EAwIwLDEqMCgGA1UEAwwh
c21zLWJyaWRnZSwgbm8gY2xpZW50IGNlcnRpZmljYXRlMCIYDzIwMDAwMTAxMDAw
MDAwWhgPOTk5OTEyMzEyMzU5NTlaMCwxKjAoBgNVBAMMIXNtcy1icmlkZ2UsIG5v
IGNsaWVudCBjZXJ0aWZpY2F0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKmB
cS1m5opssL3ye3lXdX6ruJ2hQBW5jb70THNmltcvRCrdotMX5nYOenS/KmkQK65k
Pdd3mVUBhFJ5dah/rCIwCgYIKoZIzj0EAwIDSQAwRgIhAMhPRbgZ4phJ1YBhJjbF
F8wDAvk8U4vDGTT98yGYAl32AiEAkzf30mcrR8eQjC2x1OsTkqZ6jZQ5wrQq5yok
4oCDUAM=
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk7X83+BxME42jmeK
V9QpYQux4JVNT5ELYcbGT4GHfzyhRANCAASpgXEtZuaKbLC98nt5V3V+q7idoUAV
uY2+9ExzZpbXL0Qq3aLTF+Z2Dnp0vyppECuuZD3Xd5lVAYRSeXWof6wi
-----END PRIVATE KEY-----
`;

/**
 * Returns the wallet that the driver expects: one PEM text, from which it loads a client
 * certificate with its key, and the authorities. Returns undefined to trust the authorities of
 * Node. The driver cannot load a wallet with authorities only ("DECODER routines::unsupported"), so
 * such a wallet gets the public identity. It is sent only to a server that requests a client
 * certificate.
 * @throws BridgeError CONFIG_INVALID
 */
export const toWalletContent = ({ ca, cert, key }: TlsSettings): string | undefined => {
  if (cert === undefined || key === undefined) return ca === undefined ? undefined : `${PUBLIC_IDENTITY}${ca}`;
  if (ca !== undefined) return `${cert}\n${key}\n${ca}`;
  throw new BridgeError(
    'CONFIG_INVALID',
    'DATABASE_TLS_CA_FILE: on Oracle it must be set where DATABASE_TLS_CERT_FILE is: the driver then trusts no other authority',
  );
};
