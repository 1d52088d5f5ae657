import { v7 as uuidv7 } from 'uuid';
import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { SmsReceivedAck } from '../../../shared/avro/records';
import type { Database, Tx } from '../../../shared/database/database';
import { messageOf } from '../../../shared/errors';
import { loadDestAddr } from '../../../shared/exchange/load-dest-addr';
import { createMergedLog } from '../../../shared/faults/merged-log';
import type { CrashPoint } from '../../../shared/service/crash-point';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { CharacterSet } from '../../../shared/sms/character-set';
import type { MessageKey } from '../../../shared/sms/message-key';
import type { Country } from '../../../shared/sms/normalise-msisdn';
import { validateSend } from '../../../shared/sms/validate-send';
import { readTls } from '../../../shared/tls/read-pem';
import { type AcceptPorts, acceptMessages } from '../accept-messages';
import { type AcknowledgePorts, acknowledgeReceived } from '../acknowledge-received';
import { type AnnouncePorts, announceCancelled } from '../announce-cancelled';
import { type CancelPorts, cancelMessage } from '../cancel-message';
import type { ProducerConfig } from '../config';
import { type ApplicationLimits, createApplicationLimits, SHARE_FULL } from '../core/application-limits';
import type { ReceivedRow } from '../core/received-row';
import { shareConnections } from '../core/share-connections';
import { createAuthenticate } from '../http/authenticate';
import { createBodyTurns } from '../http/body-turns';
import { type HttpOptions, openHttpServer } from '../http/http-server';
import { createMessageMemory } from '../http/message-memory';
import { type MessageRoutes, messageRoutes } from '../http/message-routes';
import { type ReceivedRoutes, receivedRoutes } from '../http/received-routes';
import { type BoundedPublish, withPublishTimeout } from '../kafka/bounded-publish';
import { type ReadReceivedPorts, readReceived } from '../read-received';
import { createFindEntered } from '../sql/find-entered';
import { createFindMessages } from '../sql/find-messages';
import { createReceivedStatements } from '../sql/find-received';
import type { CancelStatements } from '../sql/mark-cancelled';
import { createCancelPatience } from './cancel-patience';
import type { HttpPools } from './http-pools';
import type { ProducerMetrics } from './producer-metrics';

/**
 * Long enough for replies that wait for Kafka. Connections that are open after that are cut, so
 * that the process ends in time.
 */
const DRAIN_MS = 8_000;
const TOO_MANY_CONNECTIONS = 'an address opens more connections than HTTP_CONNECTIONS_PER_ADDRESS; they are closed';
const REFUSAL_PAUSE_MS = 500;
const SUMMARY_MS = 10_000;

const toTls = ({ HTTP_TLS_CERT_FILE: certFile, HTTP_TLS_KEY_FILE: keyFile }: ProducerConfig) => {
  const enabled = (certFile ?? keyFile) !== undefined;
  const { cert, key } = readTls('HTTP_TLS', { enabled, caFile: undefined, certFile, keyFile }) ?? {};
  return cert === undefined || key === undefined ? undefined : { cert, key };
};

type Context = Pick<ServiceContext<ProducerConfig>, 'config' | 'logger' | 'defer'>;

type Deps = HttpPools & {
  readonly characterSet: CharacterSet;
  readonly directory: ApplicationDirectory;
  readonly http: BoundedPublish;
  readonly limits: ApplicationLimits;
  readonly publishAck: (ack: SmsReceivedAck) => Promise<void>;
  readonly cancel: CancelStatements;
  readonly announce: AnnouncePorts<Tx>;
  readonly metrics: ProducerMetrics;
  readonly crashPoint: CrashPoint;
};

const toOptions = (config: ProducerConfig): HttpOptions => ({
  host: config.HTTP_HOST,
  port: config.HTTP_PORT,
  tls: toTls(config),
  bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
  headerLimitBytes: config.HTTP_HEADER_LIMIT_BYTES,
  requestTimeoutMs: config.HTTP_REQUEST_TIMEOUT_MS,
  connectionsPerAddress: config.HTTP_CONNECTIONS_PER_ADDRESS,
  requestsPerSecond: config.RATE_LIMIT_PER_SECOND,
  drainMs: DRAIN_MS,
  refusalPauseMs: REFUSAL_PAUSE_MS,
});

const createLimits = (config: ProducerConfig, directory: ApplicationDirectory): ApplicationLimits =>
  createApplicationLimits((appId) => {
    const own = directory.application(appId)?.limits;
    return {
      messagesPerSecond: own?.rateMessages ?? config.RATE_LIMIT_MESSAGES_PER_SECOND,
      bytesPerSecond: own?.rateBytes ?? config.RATE_LIMIT_BYTES_PER_SECOND,
      aheadPerHour: config.RATE_LIMIT_AHEAD_PER_HOUR,
    };
  }, Date.now);

/** Connects `/v1/messages` to Kafka, the database and the memory of what was published. */
const createMessagePorts = ({ config, logger }: Context, deps: Deps): MessageRoutes => {
  const { lookUps, changes, directory, metrics, crashPoint } = deps;
  const findMessages = createFindMessages(lookUps.engine);
  const memory = createMessageMemory(config.IDEMPOTENCY_MEMORY);
  const limits = {
    country: config.COUNTRY as Country,
    contentMax: config.CONTENT_MAX,
    characterSet: deps.characterSet,
    recipients: config.RECIPIENTS,
    destAddr: loadDestAddr(config),
  };
  const recall = (appId: string, messageId: string) => {
    const message = memory.message(appId, messageId);
    return message?.acknowledged ? message : undefined;
  };
  const findOn =
    (db: Database) =>
    async ({ messageId, appId }: MessageKey) =>
      (await findMessages(db, [messageId])).find((message) => message.appId === appId);
  const find = findOn(lookUps);
  const accept: AcceptPorts = {
    judge: (message, now) => validateSend(message, directory.application(message.appId), limits, now),
    newId: uuidv7,
    memory,
    findEntered: createFindEntered((ids) => findMessages(lookUps, ids)),
    publish: deps.http.publish,
    now: Date.now,
    crashPoint,
  };
  const alone = createCancelPatience(Math.max(1, shareConnections(config.DATABASE_POOL_MAX).changes - 1));
  const cancel: CancelPorts = {
    markCancelled: (messageId, appId, now) =>
      alone(appId, () => deps.cancel.markCancelled(changes, messageId, appId, now)),
    findEntered: findOn(changes),
    recall,
    takeAhead: deps.limits.takeAhead,
    insertTombstone: (row) => alone(row.appId, () => deps.cancel.insertTombstone(row, Date.now())),
    announce: async (message) => {
      try {
        metrics.announced(await announceCancelled(deps.announce, message));
      } catch (error) {
        logger.warn({ err: messageOf(error) }, 'a cancelled message will be announced later');
      }
    },
    now: Date.now,
    crashPoint,
  };
  const database = <T>(work: Promise<T>): Promise<T> =>
    withPublishTimeout(config.HTTP_ANSWER_TIMEOUT_MS, 'the database', work);
  return {
    accept: (submission) => acceptMessages(submission, accept),
    find: (message) => database(find(message)),
    recall,
    cancel: (request) => database(cancelMessage(request, cancel)),
    limitReached: (appId) => deps.limits.usedUp(appId) ?? (deps.http.isShareFull(appId) ? SHARE_FULL : undefined),
    takeMessages: deps.limits.takeMessages,
    onJudged: metrics.judged,
  };
};

/** Connects `/v1/received` to the database and Kafka. */
const createReceivedPorts = ({ config }: Context, { lookUps, publishAck }: Deps): ReceivedRoutes => {
  const received = createReceivedStatements(lookUps);
  const timeoutMs = config.HTTP_ANSWER_TIMEOUT_MS;
  const read: ReadReceivedPorts<ReceivedRow> = {
    findReceived: (appId, after, limit) => received.findAfter(lookUps, appId, after, limit),
    now: Date.now,
    settleMs: config.RECEIVED_SETTLE_SECONDS * 1000,
  };
  const acknowledge: AcknowledgePorts = {
    findReceived: (receivedId) => received.findOwner(lookUps, receivedId),
    publish: publishAck,
    now: Date.now,
  };
  return {
    read: (request) => withPublishTimeout(timeoutMs, 'the database', readReceived(request, read)),
    acknowledge: (request) => withPublishTimeout(timeoutMs, 'the platform', acknowledgeReceived(request, acknowledge)),
  };
};

/** Logs now and then what was answered, and once more at the end. */
const startSummaries = ({ logger, defer }: Context, { metrics }: Deps): void => {
  const summarise = (): void => {
    const summary = metrics.takeSummary();
    if (summary.requests > 0) logger.info(summary, 'http requests');
  };
  const summaries = setInterval(summarise, SUMMARY_MS);
  defer('http summaries', () => {
    clearInterval(summaries);
    summarise();
  });
};

/**
 * Opens the HTTP interface, which closes with the service. The log line `http` names its address.
 */
export const startHttp = async (context: Context, connected: Omit<Deps, 'limits'>): Promise<void> => {
  const { config, logger, defer } = context;
  const deps = { ...connected, limits: createLimits(config, connected.directory) };
  const messages = createMessagePorts(context, deps);
  const received = createReceivedPorts(context, deps);
  const refusals = createMergedLog(Date.now);
  const turn = createBodyTurns();
  const server = await openHttpServer(toOptions(config), {
    authenticate: createAuthenticate(deps.directory),
    admitBody: async (appId, bytes) => {
      const over = deps.limits.takeBytes(appId, bytes);
      if (over !== undefined) return over;
      await turn(appId, bytes);
      return messages.limitReached(appId);
    },
    routes: (app) => {
      messageRoutes(app, messages);
      receivedRoutes(app, received);
    },
    onAnswered: deps.metrics.answered,
    onProblem: (route, status, error) => {
      if (status === 500) logger.error({ route, status, err: error }, 'a request failed unexpectedly');
      else logger.warn({ route, status, err: error }, 'a request could not be served');
    },
    onRefused: (remoteAddress) => {
      const repeat = refusals.said('connections');
      if (repeat !== undefined) logger.warn({ remoteAddress, ...repeat }, TOO_MANY_CONNECTIONS);
    },
  });
  defer('http', server.close);
  startSummaries(context, deps);
  logger.info({ address: server.address }, 'http');
};
