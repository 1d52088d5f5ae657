/** Names of the settings of one connection. */
export type TlsVariables = {
  readonly tls: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly address: string;
};

export type TlsProblem = {
  /** What is wrong, and which setting corrects it. */
  readonly text: string;
  /** True when trying again cannot help: a setting or a certificate must change. */
  readonly lasting: boolean;
};

type Explanation = {
  readonly pattern: RegExp;
  readonly text: (names: TlsVariables) => string;
  readonly lasting?: false;
};

/**
 * Explanations by codes of Node and OpenSSL or by their messages, because some clients pass on only
 * one of the two. The first match wins.
 */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern:
      /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA|self[- ]signed certificate|unable to verify the first certificate|unable to get (local )?issuer/,
    text: ({ ca }) =>
      `the server's certificate comes from an authority that is not trusted here; ${ca} must name a PEM file with the certificate of that authority`,
  },
  {
    pattern: /ALTNAME_INVALID|HOSTNAME_MISMATCH|does not match certificate/,
    text: ({ address }) =>
      `the server's certificate is for another host name; ${address} must use a name that is in the certificate, or the server needs a certificate for its address`,
  },
  {
    pattern: /alert (number 4[4-6]|certificate (revoked|expired|unknown))|ALERT_CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN)/,
    text: ({ cert, key }) =>
      `the server does not accept this client certificate; ${cert} and ${key} must name one that is valid and comes from an authority that the server trusts`,
  },
  {
    pattern:
      /ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|UNKNOWN_CA)|alert (bad certificate|unknown ca|certificate required)|alert number (42|48|116)/,
    text: ({ cert, key }) =>
      `the server wants a client certificate, and got none or not one from an authority that it trusts; ${cert} and ${key} must name one`,
  },
  {
    pattern: /CERT_HAS_EXPIRED|certificate has expired/,
    text: () =>
      "the server's certificate has expired, or this computer's clock is wrong; the server needs a new certificate",
  },
  {
    pattern: /CERT_NOT_YET_VALID|certificate is not yet valid/,
    text: () => "the server's certificate is not valid yet, or this computer's clock is wrong",
  },
  {
    pattern: /CERT_REVOKED|CERT_CHAIN_TOO_LONG|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|CERT_REJECTED/,
    text: () => "the server's certificate is not valid for this purpose; the server needs another one",
  },
  {
    pattern:
      /does not support SSL|WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH_TOO_LONG|packet length too long/,
    text: ({ tls, address }) =>
      `the server does not use TLS at this address; set ${tls}=false, or use the server's port for TLS in ${address}`,
  },
  {
    pattern: /disconnected before secure TLS/,
    text: ({ tls, address }) =>
      `the server closed the connection before it was secure; unless the server is stopping, this port does not use TLS: set ${tls}=false, or use its port for TLS in ${address}`,
    lasting: false,
  },
  {
    pattern:
      /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|unsupported protocol|alert (protocol version|handshake failure)/,
    text: () => 'client and server have no version or cipher of TLS in common; the server must offer TLS 1.2 or 1.3',
  },
];

/**
 * Explains an error of a TLS connection in terms of settings. Returns undefined when the error is
 * about something else. Pure.
 */
export const explainTls = (codeOrMessage: string, names: TlsVariables): TlsProblem | undefined => {
  const found = EXPLANATIONS.find(({ pattern }) => pattern.test(codeOrMessage));
  return found && { text: found.text(names), lasting: found.lasting !== false };
};

/**
 * Reduces an OpenSSL error line (`80…:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad
 * certificate:../deps/…`) to its readable part. Pure.
 */
export const toPlainReason = (message: string): string =>
  message.replace(/(?:[0-9A-F]+:)?error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)(?::\S*:\d+:[^\n]*)?\s*$/, '$1').trim();
