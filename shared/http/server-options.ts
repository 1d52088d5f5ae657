/** PEM texts of a certificate (chain) and its key. */
export type ServerTls = { readonly cert: string; readonly key: string };

const HANDSHAKE_MS = 10_000;

/** TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption only. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * Returns Node's options of a server whose clients are not trusted: heads and bodies that have not
 * arrived after `requestTimeoutMs` end with an error that `answerClientError` answers.
 */
export const toServerOptions = (limits: { readonly headerBytes: number; readonly requestTimeoutMs: number }) => ({
  maxHeaderSize: limits.headerBytes,
  requestTimeout: limits.requestTimeoutMs,
  // Node's default of 60 s would count for whole requests too: Node takes the longer of the two.
  headersTimeout: limits.requestTimeoutMs,
  // Node looks for overdue requests only at this interval.
  connectionsCheckingInterval: Math.min(5_000, limits.requestTimeoutMs),
});

/** The same for TLS. */
export const toTlsOptions = ({ cert, key }: ServerTls) => ({
  cert,
  key,
  handshakeTimeout: HANDSHAKE_MS,
  minVersion: 'TLSv1.2' as const,
  ciphers: CIPHERS,
});
