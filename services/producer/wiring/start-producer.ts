import { openApplicationDirectory } from '../../../shared/accounts/application-directory';
import { loadAccounts } from '../../../shared/accounts/load-accounts';
import type { Codecs } from '../../../shared/avro/open-codecs';
import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import type { TopicNames } from '../../../shared/kafka/kafkajs/topics';
import type { RecordSink } from '../../../shared/kafka/ports';
import type { ServiceContext } from '../../../shared/service/run-service';
import { type Country, normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import type { AnnouncePorts } from '../announce-cancelled';
import type { ProducerConfig } from '../config';
import { boundPublish } from '../kafka/bounded-publish';
import { createPublishMessages } from '../kafka/publish-messages';
import { createPublishAck, createPublishStatuses } from '../kafka/publish-statuses';
import { createCancelStatements } from '../sql/mark-cancelled';
import type { HttpPools } from './http-pools';
import { createProducerMetrics } from './producer-metrics';
import { startHttp } from './start-http';
import { startIntake } from './start-intake';

/** The connections that `main` opens. They are closed after everything that is started here. */
export type ProducerDeps = HttpPools & {
  readonly db: Database;
  readonly sink: RecordSink;
  readonly codecs: Pick<Codecs, 'send' | 'status' | 'receivedAck'>;
  readonly topics: TopicNames;
};

/** Wires the producer: the HTTP interface and the table intake, until the service stops. */
export const startProducer = async (
  context: ServiceContext<ProducerConfig>,
  { db, lookUps, changes, sink, codecs, topics }: ProducerDeps,
): Promise<undefined> => {
  const { config, logger, defer, ready, crashPoint } = context;
  const directory = await openApplicationDirectory({
    load: () => loadAccounts(db, true),
    refreshMs: config.ACCOUNTS_REFRESH_SECONDS * 1000,
    logger,
  });
  defer('accounts', directory.close);
  const characterSet = await db.characterSet();
  const http = boundPublish(createPublishMessages(sink, codecs.send, topics.send, 'http'), {
    pendingMax: config.HTTP_PENDING_MAX,
    timeoutMs: config.HTTP_ANSWER_TIMEOUT_MS,
    shareOf: (appId) => directory.application(appId)?.limits?.maxPending ?? config.HTTP_PENDING_MAX_PER_APPLICATION,
  });
  const metrics = createProducerMetrics(context.metrics, http.pending);
  const publishStatuses = createPublishStatuses(sink, codecs.status, topics.status);
  const cancel = createCancelStatements(changes, (destAddr) => normaliseAddress(destAddr, config.COUNTRY as Country));
  const announceOn = (pool: Database): AnnouncePorts<Tx> => ({
    inTransaction: (work) => inTransaction(pool, work),
    claimCancelled: cancel.claimCancelled,
    publish: publishStatuses,
    markAnnounced: cancel.markAnnounced,
    now: Date.now,
    crashPoint,
  });
  ready('kafka', sink.problem);
  startIntake(context, {
    db,
    publish: createPublishMessages(sink, codecs.send, topics.send, 'table'),
    publishStatuses,
    announce: announceOn(db),
    metrics,
    crashPoint,
  });
  await startHttp(context, {
    lookUps,
    changes,
    characterSet,
    directory,
    http,
    publishAck: createPublishAck(sink, codecs.receivedAck, topics.receivedAck),
    cancel,
    announce: announceOn(changes),
    metrics,
    crashPoint,
  });
  return undefined;
};
