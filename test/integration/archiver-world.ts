import type { ArchiveLimits } from '../../services/archiver/core/plan-archive';
import type { EventPublisher } from '../../services/archiver/kafka/publish-events';
import { createArchivePorts } from '../../services/archiver/wiring/archive-ports';
import type { Database, Engine } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

export const HOUR = 3_600_000;

export const LIMITS: ArchiveLimits = {
  reportDeadlineMs: 72 * HOUR,
  receivedRetryMs: 12 * HOUR,
  receivedMaxAttempts: 3,
  pendingAckMs: 48 * HOUR,
  sendLogRetentionMs: 90 * 24 * HOUR,
  receiveLogRetentionMs: 90 * 24 * HOUR,
  sliceRows: 2,
};

/** A run that nobody stops. */
export const running = { stop: new AbortController().signal };

/** Publishes nowhere. */
export const nowhere: EventPublisher = {
  publishStatuses: async () => undefined,
  publishReceived: async () => undefined,
  publishRefused: async () => undefined,
  publishRefusedAcks: async () => undefined,
};

/** A run's ports on a real database. */
export const archivePorts = (
  db: Database,
  publisher: Partial<EventPublisher> = {},
  crashPoint: (step: string) => void = () => undefined,
  mapping = loadExchangeMapping(),
) =>
  createArchivePorts({
    db,
    mapping,
    publisher: { ...nowhere, ...publisher },
    instanceId: 'test',
    crashPoint,
    onSlice: () => undefined,
    onInterrupted: () => undefined,
  });

export type ArchiverWorld = {
  /** as the owner: what a test prepares or looks at */
  readonly database: TestDatabase;
  /** with the rights of the archiver */
  readonly archiver: Database;
};

/** A database with nothing in it, and the archiver's own login: made once for a suite and emptied before each test. */
export const useArchiver = (engine: Engine): ArchiverWorld => {
  let database: TestDatabase;
  let archiver: Database;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    archiver = (await database.login('sms_archiver')).db;
  });
  afterAll(() => database.drop());
  beforeEach(() => database.empty());
  return {
    get database() {
      return database;
    },
    get archiver() {
      return archiver;
    },
  };
};
