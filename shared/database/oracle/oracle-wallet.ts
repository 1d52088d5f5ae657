import { BridgeError } from '../../errors';
import type { TlsSettings } from '../../tls/read-pem';

/**
 * A certificate and its key that identify no one: self-signed, made once, and public since then. It must never be
 * trusted by a server.
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
 * The wallet that the driver takes: one PEM text with a client certificate, its key, and the authorities. The driver
 * cannot load a wallet that holds authorities only ("DECODER routines::unsupported"), so a client without a
 * certificate gets the public one, which is sent only to a server that asks for one. Undefined means the
 * authorities that Node knows.
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
