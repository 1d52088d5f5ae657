import { v7 as uuidv7 } from 'uuid';
import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { SmsReceivedAck } from '../../../shared/avro/records';
import type { Database, Tx } from '../../../shared/database/database';
import { loadDestAddr } from '../../../shared/exchange/load-dest-addr';
import { createMergedLog, createProblemLog } from '../../../shared/faults/merged-log';
import type { CrashPoint } from '../../../shared/service/crash-point';
import type { ServiceContext } from '../../../shared/service/run-service';
import type { CharacterSet } from '../../../shared/sms/character-set';
import type { MessageKey } from '../../../shared/sms/message-key';
import type { Country } from '../../../shared/sms/normalise-msisdn';
import { validateSend } from '../../../shared/sms/validate-send';
import { type AcceptPorts, acceptMessages } from '../accept-messages';
import { type AcknowledgePorts, acknowledgeReceived } from '../acknowledge-received';
import { type AnnouncePorts, announceCancelled } from '../announce-cancelled';
import { type CancelPorts, cancelMessage } from '../cancel-message';
import { type ProducerConfig, readHttpTls } from '../config';
import type { ReceivedRow } from '../core/received-row';
import { createAuthenticate } from '../http/authenticate';
import { type HttpOptions, openHttpServer } from '../http/http-server';
import { createMessageMemory } from '../http/message-memory';
import { type MessageRoutes, messageRoutes } from '../http/message-routes';
import { type ReceivedRoutes, receivedRoutes } from '../http/received-routes';
import { withPublishTimeout } from '../kafka/bounded-publish';
import type { PublishMessages } from '../kafka/publish-messages';
import { type ReadReceivedPorts, readReceived } from '../read-received';
import { createFindEntered } from '../sql/find-entered';
import { createFindMessages } from '../sql/find-messages';
import { createReceivedStatements } from '../sql/find-received';
import type { CancelStatements } from '../sql/mark-cancelled';
import type { ProducerMetrics } from './producer-metrics';

/**
 * Long enough for replies that wait for Kafka. Connections that are open after that are cut, so
 * that the process ends in time.
 */
const DRAIN_MS = 8_000;
const SUMMARY_MS = 10_000;

type Context = Pick<ServiceContext<ProducerConfig>, 'config' | 'logger' | 'defer'>;

type Deps = {
  readonly db: Database;
  readonly characterSet: CharacterSet;
  readonly directory: ApplicationDirectory;
  readonly publish: PublishMessages;
  readonly publishAck: (ack: SmsReceivedAck) => Promise<void>;
  readonly cancel: CancelStatements;
  readonly announce: AnnouncePorts<Tx>;
  readonly metrics: ProducerMetrics;
  readonly crashPoint: CrashPoint;
};

const toOptions = (config: ProducerConfig): HttpOptions => ({
  host: config.HTTP_HOST,
  port: config.HTTP_PORT,
  tls: readHttpTls(config),
  bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
  headerLimitBytes: config.HTTP_HEADER_LIMIT_BYTES,
  requestTimeoutMs: config.HTTP_REQUEST_TIMEOUT_MS,
  requestsPerSecond: config.RATE_LIMIT_PER_SECOND,
  drainMs: DRAIN_MS,
});

/** Connects `/v1/messages` to Kafka, the database and the memory of what was published. */
const createMessagePorts = ({ config, logger }: Context, deps: Deps): MessageRoutes => {
  const { db, directory, metrics, crashPoint } = deps;
  const findMessages = createFindMessages(db.engine);
  const { say } = createProblemLog(logger);
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
  const find = async ({ messageId, appId }: MessageKey) =>
    (await findMessages(db, [messageId])).find((message) => message.appId === appId);
  const accept: AcceptPorts = {
    judge: (message, now) => validateSend(message, directory.application(message.appId), limits, now),
    newId: uuidv7,
    memory,
    findEntered: createFindEntered((ids) => findMessages(db, ids)),
    publish: deps.publish,
    now: Date.now,
    crashPoint,
  };
  const cancel: CancelPorts = {
    markCancelled: (messageId, appId, now) => deps.cancel.markCancelled(db, messageId, appId, now),
    findEntered: find,
    recall,
    insertTombstone: (row) => deps.cancel.insertTombstone(row, Date.now()),
    announce: async (message) => {
      try {
        metrics.announced(await announceCancelled(deps.announce, message));
      } catch (error) {
        say('a cancelled message will be announced later', error);
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
    onJudged: metrics.judged,
  };
};

/** Connects `/v1/received` to the database and Kafka. */
const createReceivedPorts = ({ config }: Context, { db, publishAck }: Deps): ReceivedRoutes => {
  const received = createReceivedStatements(db);
  const timeoutMs = config.HTTP_ANSWER_TIMEOUT_MS;
  const read: ReadReceivedPorts<ReceivedRow> = {
    findReceived: (appId, after, limit) => received.findAfter(db, appId, after, limit),
    now: Date.now,
    settleMs: config.RECEIVED_SETTLE_SECONDS * 1000,
  };
  const acknowledge: AcknowledgePorts = {
    findReceived: (receivedId) => received.findOwner(db, receivedId),
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
export const startHttp = async (context: Context, deps: Deps): Promise<void> => {
  const { config, logger, defer } = context;
  const messages = createMessagePorts(context, deps);
  const received = createReceivedPorts(context, deps);
  const { said } = createMergedLog(Date.now);
  const server = await openHttpServer(toOptions(config), {
    authenticate: createAuthenticate(deps.directory),
    routes: (app) => {
      messageRoutes(app, messages);
      receivedRoutes(app, received);
    },
    onAnswered: deps.metrics.answered,
    onProblem: (route, status, error) => {
      if (status === 500) logger.error({ route, status, err: error }, 'a request failed unexpectedly');
      else {
        const repeat = said(`${route} ${status} ${error}`);
        if (repeat !== undefined)
          logger.warn({ route, status, err: error, ...repeat }, 'a request could not be served');
      }
    },
  });
  defer('http', server.close);
  startSummaries(context, deps);
  logger.info({ address: server.address }, 'http');
};
