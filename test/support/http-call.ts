import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of all shapes
  readonly body: any;
};

/** Sends one request; the response body must be JSON. */
export const call = (
  address: string,
  path: string,
  {
    method = 'GET',
    key,
    headers = {},
    body,
    ca,
  }: {
    readonly method?: string;
    /** The API key. */
    readonly key?: string | undefined;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
    readonly ca?: string;
  } = {},
  request: typeof httpRequest = httpRequest,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, address),
      {
        method,
        ...(ca === undefined ? {} : { ca }),
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          try {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text === '' ? undefined : JSON.parse(text),
            });
          } catch {
            reject(
              new Error(`${method} ${path}: the response ${response.statusCode} is not JSON: ${text.slice(0, 200)}`),
            );
          }
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

/** Posts a body to /v1/messages; strings and bytes are sent unchanged. */
export const post = (
  address: string,
  key: string | undefined,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) =>
  call(address, '/v1/messages', {
    method: 'POST',
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    headers,
    key,
  });

/** Sends bytes on a plain connection; returns everything received until it closes. */
export const callRaw = (address: string, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

/** Opens a request whose body never ends, on a connection that has served another one. */
export const openHalfRequest = (address: string, key: string): Promise<{ readonly cut: Promise<void> }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname, () => socket.write('GET /none HTTP/1.1\r\nHost: x\r\n\r\n'));
    const cut = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', reject);
    socket.once('data', () => {
      socket.write(
        `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
        () => resolve({ cut }),
      );
    });
  });
