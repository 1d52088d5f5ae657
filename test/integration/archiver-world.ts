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

/** A signal of a run that is never stopped. */
export const running = { stop: new AbortController().signal };

export const nowhere: EventPublisher = {
  publishStatuses: async () => undefined,
  publishReceived: async () => undefined,
  publishRefused: async () => undefined,
  publishRefusedAcks: async () => undefined,
};

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
  /** With the owner's rights: for preparation and checks. */
  readonly database: TestDatabase;
  readonly archiver: Database;
};

/**
 * An empty database and the archiver's login: created once for a suite, emptied before each test.
 */
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
