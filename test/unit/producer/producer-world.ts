import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type AcceptPorts, acceptMessages, type Publication } from '../../../services/producer/accept-messages';
import { acknowledgeReceived } from '../../../services/producer/acknowledge-received';
import { createAuthenticate } from '../../../services/producer/adapters/authenticate';
import type { MessageRow } from '../../../services/producer/adapters/find-messages';
import type { ReceivedRow } from '../../../services/producer/adapters/find-received';
import { type HttpOptions, openHttpServer } from '../../../services/producer/adapters/http-server';
import { createMessageMemory } from '../../../services/producer/adapters/message-memory';
import { messageRoutes } from '../../../services/producer/adapters/message-routes';
import { receivedRoutes } from '../../../services/producer/adapters/received-routes';
import { cancelMessage } from '../../../services/producer/cancel-message';
import { readReceived } from '../../../services/producer/read-received';
import { createApiKey, hashSecret } from '../../../services/shared/accounts/api-key';
import type { Account } from '../../../services/shared/accounts/load-accounts';
import type { SmsReceivedAck, SmsSend } from '../../../services/shared/avro/records';
import { validateSend } from '../../../services/shared/sms/validate-send';

export const BILLING = createApiKey('billing');
export const PORTAL = createApiKey('portal');

const account = (username: string, hash: string, change: Partial<Account> = {}): Account => ({
  username,
  appId: username,
  extCode: null,
  role: 'application',
  enabled: true,
  apiKeyHash: hash,
  ...change,
});

/** Use-case ports in memory: what Kafka acknowledged is in `published`, what relay and archiver know is in `rows`. */
export const createProducerWorld = (change: Partial<AcceptPorts> = {}) => {
  const published: SmsSend[] = [];
  const acks: SmsReceivedAck[] = [];
  const rows = new Map<string, MessageRow>();
  const received: (ReceivedRow & { readonly appId: string | null })[] = [];
  const accounts = new Map([
    ['billing', account('billing', BILLING.hash)],
    ['portal', account('portal', PORTAL.hash)],
    ['root', account('root', hashSecret('root'), { appId: null, role: 'administrator' })],
    ['former', account('former', hashSecret('former'), { enabled: false })],
  ]);
  const memory = createMessageMemory(1_000);
  let ids = 0;
  const accept: AcceptPorts = {
    judge: (message, now) =>
      validateSend(message, { extCode: '01', enabled: true }, { country: 'CN', contentMax: 1000 }, now),
    newId: () => {
      ids += 1;
      return `new-${ids}`;
    },
    memory,
    findEntered: async (messageIds) => messageIds.flatMap((id) => rows.get(id) ?? []),
    publish: async (publications: readonly Publication[]) => {
      published.push(...publications.map(({ send }) => send));
      return new Map();
    },
    now: Date.now,
    crashPoint: () => undefined,
    ...change,
  };
  return { published, acks, rows, received, accounts, memory, accept };
};

type World = ReturnType<typeof createProducerWorld>;

/** A real server on a real port, on the ports above. */
export const openTestServer = async (world: World, options: Partial<HttpOptions> = {}) => {
  const answers: string[] = [];
  const troubles: string[] = [];
  const recall = (appId: string, id: string) => {
    const message = world.memory.message(appId, id);
    return message?.acknowledged ? message : undefined;
  };
  const server = await openHttpServer(
    {
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      bodyLimitBytes: 1_048_576,
      headerLimitBytes: 16_384,
      requestTimeoutMs: 30_000,
      requestsPerSecond: 0,
      drainMs: 2_000,
      ...options,
    },
    {
      authenticate: createAuthenticate({ account: (name) => world.accounts.get(name), refresh: async () => undefined }),
      routes: (app) => {
        messageRoutes(app, {
          accept: (submission) => acceptMessages(submission, world.accept),
          find: async (id) => world.rows.get(id),
          recall,
          cancel: (request) =>
            cancelMessage(request, {
              markCancelled: async () => false,
              findEntered: async (id) => world.rows.get(id),
              recall,
              forestall: async () => true,
              announce: async () => undefined,
              now: Date.now,
              crashPoint: () => undefined,
            }),
          onJudged: () => undefined,
        });
        receivedRoutes(app, {
          read: (request) =>
            readReceived(request, {
              findReceived: async (appId, behind, limit) =>
                world.received
                  .filter((row) => row.appId === appId)
                  .filter(
                    (row) => row.offeredAt > behind.at || (row.offeredAt === behind.at && row.receivedId > behind.id),
                  )
                  .slice(0, limit),
              now: Date.now,
              settleMs: 120_000,
            }),
          acknowledge: (request) =>
            acknowledgeReceived(request, {
              findReceived: async (id) => world.received.find((row) => row.receivedId === id),
              publish: async (ack) => {
                world.acks.push(ack);
              },
              now: Date.now,
            }),
        });
      },
      onAnswered: (route, status) => void answers.push(`${route} ${status}`),
      onTrouble: (route, status, error) => void troubles.push(`${route} ${status} ${error}`),
    },
  );
  return { ...server, answers, troubles };
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of all shapes
  readonly body: any;
};

/** One request; the answer's body must be JSON. */
export const call = (
  address: string,
  path: string,
  {
    method = 'GET',
    key = BILLING.key,
    headers = {},
    body,
    ca,
  }: {
    readonly method?: string;
    readonly key?: string | null;
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
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
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
              new Error(`${method} ${path}: the answer ${response.statusCode} is not JSON: ${text.slice(0, 200)}`),
            );
          }
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

export const post = (address: string, body: unknown, headers: Readonly<Record<string, string>> = {}, key?: string) =>
  call(address, '/v1/messages', {
    method: 'POST',
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    headers,
    ...(key === undefined ? {} : { key }),
  });

/** Bytes on the bare connection, and all that comes back until it is closed. */
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

/** A request whose body never ends, on a connection that the server has answered on before. */
export const openHalfRequest = (address: string): Promise<{ readonly cut: Promise<void> }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname, () => socket.write('GET /none HTTP/1.1\r\nHost: x\r\n\r\n'));
    const cut = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', reject);
    socket.once('data', () => {
      socket.write(
        `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${BILLING.key}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
        () => resolve({ cut }),
      );
    });
  });
