import type { Logger } from 'pino';
import { type Database, forEngine, type PerEngine } from '../database/database';

type Statements = Pick<Database, 'engine' | 'oracle'>;

/**
 * Returns the owner of the table with the replies that the database settles, or undefined: then the
 * collector settles them. Every service's role can see the table if it exists.
 * @throws BridgeError DB_…
 */
export type FindKeptAnswers = (db: Statements) => Promise<string | undefined>;

const FIND: PerEngine<FindKeptAnswers> = {
  pg: async () => undefined,
  oracledb: async ({ oracle }) => {
    const { rows } = await oracle.execute<{ owner: string }>(
      `SELECT OWNER FROM ALL_TABLES WHERE TABLE_NAME = 'SM_RECV_KEPT'`,
    );
    return rows[0]?.owner;
  },
};

export const findKeptAnswers: FindKeptAnswers = (db) => forEngine(db.engine, FIND)(db);

/** The consequence for each service, in addition to the common ones. */
const MEANING: Readonly<Record<string, string>> = {
  'report-collector':
    'this collector gets only rows that the triggers leave, and publishes nothing about the others until they are given back',
  'exchange-relay': 'hand-over continues as usual: no trigger sends anything',
  archiver:
    'settled messages are archived as usual; a message whose replies could not be told apart is UNKNOWN until they are given back',
  producer: 'received messages can be read; their events come when they are given back',
};

/**
 * Warns at the start of a service if the database settles replies. Other parts report an
 * unreachable database.
 */
export const warnAnswersInDatabase = async (db: Statements, service: string, logger: Logger): Promise<void> => {
  const owner = await findKeptAnswers(db).catch(() => undefined);
  if (owner === undefined) return;
  logger.warn(
    { keptBy: owner, see: 'docs/oracle/without-kafka.md' },
    `the database settles replies (ORACLE_ANSWERS_IN_DATABASE): RESP, REPORT and RECV rows are moved by triggers and kept, and no event is published; ${MEANING[service] ?? ''}`,
  );
};
