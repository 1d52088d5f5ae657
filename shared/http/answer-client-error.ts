import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

type Answer = { readonly status: number; readonly code: string; readonly message: string };

const INVALID: Answer = { status: 400, code: 'REQUEST_INVALID', message: 'this is not a valid HTTP request' };
export const METHOD_UNKNOWN = { status: 501, code: 'METHOD_UNKNOWN', message: 'the request method is unknown' };

const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'HEADERS_TOO_LARGE', message: 'the request head is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'REQUEST_TIMEOUT', message: 'the request took too long to arrive' },
};

/** The first line of a request with any method (RFC 9110, 9.1); Node's parser knows some. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/;

/** What every answer says: it may hold personal data, and it is what its Content-Type names. */
export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

type ClientError = { readonly code?: string; readonly rawPacket?: Buffer };

const answerTo = ({ code = '', rawPacket }: ClientError): Answer | undefined => {
  if (code === 'HPE_INVALID_METHOD' && REQUEST_LINE.test(rawPacket?.toString('latin1') ?? '')) return METHOD_UNKNOWN;
  return ANSWERS[code] ?? (code.startsWith('HPE_') ? INVALID : undefined);
};

/**
 * Ends a connection whose bytes are no HTTP request, or whose request does not arrive in time, with
 * an answer if there can be one. There can be none when TLS or the connection itself failed: a
 * text written before the end of a handshake waits for that end, and keeps the socket open.
 */
export const answerClientError = (error: ClientError, socket: Socket): void => {
  const answer = answerTo(error);
  if (answer === undefined || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...problem } = answer;
  const body = JSON.stringify({ error: problem });
  const head = Object.entries({
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...SAFE_HEADERS,
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  socket.destroySoon();
};
