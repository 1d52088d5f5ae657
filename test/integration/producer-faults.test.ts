import type { Fault } from '../../oracle-stand-in/faults';
import { announceCancelled } from '../../services/producer/announce-cancelled';
import { intakeBatch } from '../../services/producer/intake-batch';
import { createIntakeStatements } from '../../services/producer/sql/claim-new-rows';
import { createFindMessages } from '../../services/producer/sql/find-messages';
import { createCancelStatements } from '../../services/producer/sql/mark-cancelled';
import type { SmsStatus } from '../../shared/avro/records';
import type { Tx } from '../../shared/database/database';
import { inTransaction } from '../../shared/database/transaction';
import { isRetryable } from '../../shared/errors';
import { insertRows } from '../support/insert-rows';
import { createTestDatabase, type TestDatabase, type TestLogin } from '../support/test-database';

jest.setTimeout(300_000);

/** The faults, and whether the interrupted transaction was committed. */
const FAULTS: readonly Fault[] = [
  { kind: 'kill-at-commit', when: 'before' },
  { kind: 'kill-at-commit', when: 'after' },
  { kind: 'kill-at-statement', matching: 'UPDATE SM_SEND_T' },
  { kind: 'fail', number: 60, matching: 'UPDATE SM_SEND_T' },
  { kind: 'fail', number: 3113, matching: 'FOR UPDATE' },
];

describe('the producer on Oracle with breaking connections (the stand-in)', () => {
  let database: TestDatabase;
  let producer: TestLogin;
  beforeAll(async () => {
    database = await createTestDatabase(undefined, 'oracledb');
    producer = await database.login('sms_producer');
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    await database.oracle?.clearFaults();
    await database.empty();
  });

  const insert = (status: string) =>
    insertRows(
      database.db,
      'sm_send_t',
      ['a', 'b', 'c'].map((id) => ({
        message_id: id,
        app_id: 'billing',
        dest_addr: '13800138000',
        content: 'x',
        status,
        created_at: new Date(),
        source: 'table',
      })),
    );
  const all = async () => {
    const found = await createFindMessages({ engine: 'oracledb' })(producer.db, ['a', 'b', 'c']);
    return [...found].sort((one, other) => (one.messageId < other.messageId ? -1 : 1));
  };
  const transactional = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(producer.db, work);

  /** Runs once with the fault, then while there is work, as the loops do. */
  const untilDone = async (fault: Fault, work: () => Promise<number>): Promise<void> => {
    await database.oracle?.inject(fault);
    const failure = await work().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isRetryable(failure)).toBe(true);
    while ((await work()) > 0);
  };

  it.each(FAULTS)('takes each row: %j', async (fault) => {
    await insert('NEW');
    const published: string[] = [];
    const work = async (): Promise<number> => {
      const { queued } = await intakeBatch<Tx>(
        {
          ...createIntakeStatements({ engine: 'oracledb' }),
          inTransaction: transactional,
          toKey: (to) => to,
          publish: async (publications) => {
            published.push(...publications.map(({ send }) => send.messageId));
            return new Map();
          },
          publishStatuses: async () => undefined,
          now: Date.now,
          crashPoint: () => undefined,
        },
        10,
      );
      return queued;
    };
    await untilDone(fault, work);
    expect((await all()).map(({ status }) => status)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
    expect([...new Set(published)].sort()).toEqual(['a', 'b', 'c']);
  });

  it.each(FAULTS)('announces each cancelled message, and repeats only the same event: %j', async (fault) => {
    await insert('NEW');
    const cancel = createCancelStatements(producer.db);
    for (const id of ['a', 'b', 'c']) await cancel.markCancelled(producer.db, id, 'billing', Date.now());
    const events: SmsStatus[] = [];
    const work = () =>
      announceCancelled<Tx>(
        {
          inTransaction: transactional,
          claimCancelled: cancel.claimCancelled,
          publish: async (statuses) => void events.push(...statuses),
          markAnnounced: cancel.markAnnounced,
          now: Date.now,
          crashPoint: () => undefined,
        },
        { limit: 10 },
      );
    await untilDone(fault, work);
    expect((await all()).map(({ status, finalAt }) => [status, finalAt !== null])).toEqual(
      Array(3).fill(['CANCELLED', true]),
    );
    expect(new Set(events.map(({ messageId, eventId }) => `${messageId} ${eventId}`)).size).toBe(3);
  });

  it.each(['before', 'after'] as const)(
    'cancels at the next try when the commit breaks %s it happened',
    async (when) => {
      await insert('QUEUED');
      const cancel = createCancelStatements(producer.db);
      await database.oracle?.inject({ kind: 'kill-at-commit', when });
      await expect(cancel.markCancelled(producer.db, 'a', 'billing', Date.now())).rejects.toMatchObject({
        code: 'DB_UNAVAILABLE',
      });
      const again = await cancel.markCancelled(producer.db, 'a', 'billing', Date.now());
      // a cancelled message is not marked again
      expect(again).toBe(when === 'before');
      expect((await all()).map(({ status }) => status)).toEqual(['CANCELLED', 'QUEUED', 'QUEUED']);
    },
  );
});
