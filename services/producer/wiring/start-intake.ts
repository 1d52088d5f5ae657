import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { explainFault } from '../../../shared/faults/explain-fault';
import { createProblemLog } from '../../../shared/faults/merged-log';
import type { CrashPoint } from '../../../shared/service/crash-point';
import type { ServiceContext } from '../../../shared/service/run-service';
import { type Country, normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import { pause } from '../../../shared/timing/pause';
import { adaptivePace, pollUntilStopped } from '../../../shared/timing/poll';
import { type AnnouncePorts, announceCancelled } from '../announce-cancelled';
import type { ProducerConfig } from '../config';
import { intakeBatch } from '../intake-batch';
import type { PublishMessages } from '../kafka/publish-messages';
import type { PublishStatuses } from '../kafka/publish-statuses';
import { createIntakeStatements } from '../sql/claim-new-rows';
import type { ProducerMetrics } from './producer-metrics';

/**
 * For cancelled rows whose event was not published at once: the process died, or Kafka was
 * unreachable.
 */
const ANNOUNCE_PACE = { minMs: 5_000, maxMs: 5_000 };
const ANNOUNCE_ROWS = 500;
const RETRY = { minMs: 200, maxMs: 5_000 };

type Deps = {
  readonly db: Database;
  readonly publish: PublishMessages;
  readonly publishStatuses: PublishStatuses;
  readonly announce: AnnouncePorts<Tx>;
  readonly metrics: ProducerMetrics;
  readonly crashPoint: CrashPoint;
};

const announceBatch = async ({ announce, metrics }: Deps, logger: ServiceContext<ProducerConfig>['logger']) => {
  const messages = await announceCancelled(announce, { limit: ANNOUNCE_ROWS });
  metrics.announced(messages);
  if (messages > 0) logger.info({ messages }, 'cancelled messages announced');
  return messages;
};

/**
 * Starts the loops over SM_SEND_T: the table intake, and the announcing of cancelled messages. They
 * end with the service.
 */
export const startIntake = (
  context: Pick<ServiceContext<ProducerConfig>, 'config' | 'logger' | 'signal' | 'defer' | 'ready'>,
  deps: Deps,
): void => {
  const { config, logger, signal, defer, ready } = context;
  const { db, metrics } = deps;
  const statements = createIntakeStatements(db.engine);
  const { say, wellAgain } = createProblemLog(logger);
  let problem: string | undefined;

  const takeBatch = async (): Promise<number> => {
    const startedAt = Date.now();
    const counts = await intakeBatch<Tx>(
      {
        ...statements,
        inTransaction: (work) => inTransaction(db, work),
        toKey: (destAddr) => normaliseAddress(destAddr, config.COUNTRY as Country),
        publish: deps.publish,
        publishStatuses: deps.publishStatuses,
        now: Date.now,
        crashPoint: deps.crashPoint,
      },
      config.INTAKE_BATCH_SIZE,
    );
    if (problem !== undefined && wellAgain()) logger.info('the table intake continues');
    problem = undefined;
    const rejected = [...counts.rejected.values()].reduce((sum, count) => sum + count, 0);
    if (counts.queued + rejected > 0) {
      const ms = Date.now() - startedAt;
      metrics.taken(counts, ms);
      logger.info({ queued: counts.queued, rejected: Object.fromEntries(counts.rejected), ms }, 'table intake');
    }
    return counts.queued + rejected;
  };
  const loops = [
    pollUntilStopped({
      work: async () => (await announceBatch(deps, logger)) > 0,
      onError: (error) => say('announcing cancelled messages is tried again', error),
      pace: adaptivePace(ANNOUNCE_PACE, RETRY),
      signal,
      pause,
    }),
  ];
  if (config.INTAKE_ENABLED) {
    ready('intake', () => problem, { decides: false });
    loops.push(
      pollUntilStopped({
        work: async () => (await takeBatch()) > 0,
        onError: (error) => {
          problem = explainFault(error, 'SM_SEND_T');
          say('the table intake failed and is tried again', error, problem);
        },
        pace: adaptivePace({ minMs: config.INTAKE_POLL_MIN_MS, maxMs: config.INTAKE_POLL_MAX_MS }, RETRY),
        signal,
        pause,
      }),
    );
  }
  defer('intake', () => Promise.all(loops));
};
