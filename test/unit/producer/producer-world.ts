import { type AcceptPorts, acceptMessages, type Publication } from '../../../services/producer/accept-messages';
import { acknowledgeReceived } from '../../../services/producer/acknowledge-received';
import { cancelMessage } from '../../../services/producer/cancel-message';
import { createApplicationLimits } from '../../../services/producer/core/application-limits';
import type { MessageRow } from '../../../services/producer/core/message-row';
import type { ReceivedRow } from '../../../services/producer/core/received-row';
import { createAuthenticate } from '../../../services/producer/http/authenticate';
import { type HttpOptions, openHttpServer } from '../../../services/producer/http/http-server';
import { createMessageMemory } from '../../../services/producer/http/message-memory';
import { messageRoutes } from '../../../services/producer/http/message-routes';
import { receivedRoutes } from '../../../services/producer/http/received-routes';
import { readReceived } from '../../../services/producer/read-received';
import { createApiKey, hashSecret } from '../../../shared/accounts/api-key';
import type { Account } from '../../../shared/accounts/load-accounts';
import type { SmsReceivedAck, SmsSend } from '../../../shared/avro/records';
import type { MessageKey } from '../../../shared/sms/message-key';
import { validateSend } from '../../../shared/sms/validate-send';
import { call as callAs, post as postAs } from '../../support/http-call';

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

/**
 * Ports of the use cases in memory: `published` holds what Kafka acknowledged, `rows` what relay
 * and archiver know.
 */
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
  const rates = { messagesPerSecond: 0, bytesPerSecond: 0, aheadPerHour: 0 };
  const limits = createApplicationLimits(() => rates, Date.now);
  return { published, acks, rows, received, accounts, memory, accept, limits, rates };
};

type World = ReturnType<typeof createProducerWorld>;

/** Opens a real server on a real port, on these ports. */
export const openTestServer = async (world: World, options: Partial<HttpOptions> = {}) => {
  const answers: string[] = [];
  const troubles: string[] = [];
  const refused: string[] = [];
  const recall = (appId: string, id: string) => {
    const message = world.memory.message(appId, id);
    return message?.acknowledged ? message : undefined;
  };
  const find = async ({ messageId, appId }: MessageKey) => {
    const row = world.rows.get(messageId);
    return row?.appId === appId ? row : undefined;
  };
  const server = await openHttpServer(
    {
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      bodyLimitBytes: 1_048_576,
      headerLimitBytes: 16_384,
      connectionsPerAddress: 0,
      requestTimeoutMs: 30_000,
      requestsPerSecond: 0,
      drainMs: 2_000,
      refusalPauseMs: 0,
      ...options,
    },
    {
      authenticate: createAuthenticate({ account: (name) => world.accounts.get(name), refresh: async () => undefined }),
      admitBody: async (appId, bytes) => world.limits.takeBytes(appId, bytes),
      routes: (app) => {
        messageRoutes(app, {
          accept: (submission) => acceptMessages(submission, world.accept),
          find,
          recall,
          cancel: (request) =>
            cancelMessage(request, {
              markCancelled: async () => false,
              findEntered: find,
              recall,
              takeAhead: world.limits.takeAhead,
              insertTombstone: async () => true,
              announce: async () => undefined,
              now: Date.now,
              crashPoint: () => undefined,
            }),
          limitReached: world.limits.usedUp,
          takeMessages: world.limits.takeMessages,
          onJudged: () => undefined,
        });
        receivedRoutes(app, {
          read: (request) =>
            readReceived(request, {
              findReceived: async (appId, behind, limit) =>
                world.received
                  .filter((row) => row.appId === appId)
                  .filter(
                    (row) =>
                      row.offeredAt > behind.offeredAt ||
                      (row.offeredAt === behind.offeredAt && row.receivedId > behind.id),
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
      onProblem: (route, status, error) => void troubles.push(`${route} ${status} ${error}`),
      onRefused: (from) => void refused.push(from),
    },
  );
  return { ...server, answers, troubles, refused };
};

type CallOptions = Omit<NonNullable<Parameters<typeof callAs>[2]>, 'key'>;

/** Sends a request with the key of billing, unless another one or none (null) is given. */
export const call = (
  address: string,
  path: string,
  { key = BILLING.key, ...options }: CallOptions & { readonly key?: string | null } = {},
  request?: Parameters<typeof callAs>[3],
) => callAs(address, path, { ...options, key: key ?? undefined }, request);

export const post = (
  address: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  key: string = BILLING.key,
) => postAs(address, key, body, headers);
