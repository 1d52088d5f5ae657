import { INTAKE_STEPS, intakeBatch } from '../../../services/producer/intake-batch';
import { createPublishMessages } from '../../../services/producer/kafka/publish-messages';
import type { SmsSend, SmsStatus } from '../../../shared/avro/records';
import { BridgeError } from '../../../shared/errors';
import type { OutgoingRecord } from '../../../shared/kafka/ports';
import { smsSendMessage } from '../../support/sms-send-message';

class Crash extends Error {}

/**
 * The rules of SM_SEND_T and Kafka: a transaction takes effect at its commit; published records
 * stay published.
 */
const createTable = (
  messages: readonly SmsSend[],
  options: {
    readonly poison?: ReadonlySet<string>;
    readonly crashAt?: string;
    /** Rows that another instance takes between the claim and the update. */
    readonly meanwhile?: readonly string[];
  } = {},
) => {
  const rows = new Map(messages.map((message) => [message.messageId, 'NEW']));
  const records: OutgoingRecord[] = [];
  const sends: number[] = [];
  const events: SmsStatus[] = [];
  let { crashAt } = options;
  const crashPoint = (step: string) => {
    if (step !== crashAt) return;
    crashAt = undefined;
    throw new Crash(step);
  };
  const publish = createPublishMessages(
    {
      publish: async (batch) => {
        sends.push(batch.length);
        if (batch.some(({ headers }) => options.poison?.has(String(headers?.['message-id'])))) {
          throw new BridgeError('KAFKA_REJECTED', 'too large');
        }
        records.push(...batch);
      },
    },
    {
      encode: (message) => {
        if (!Number.isFinite(message.scheduledAt ?? 0))
          throw new BridgeError('ENCODE_FAILED', 'SmsSend: bad value in field scheduledAt');
        return Buffer.from(JSON.stringify(message));
      },
    },
    'sms.send',
    'table',
  );
  const take = (limit = 100) =>
    intakeBatch<Map<string, string>>(
      {
        inTransaction: async (work) => {
          const tx = new Map<string, string>();
          const result = await work(tx);
          for (const [id, status] of tx) rows.set(id, status);
          return result;
        },
        claimNew: async (_tx, n) => {
          const claimed = messages.filter(({ messageId }) => rows.get(messageId) === 'NEW').slice(0, n);
          for (const id of options.meanwhile ?? []) rows.set(id, 'QUEUED by another');
          return claimed;
        },
        toKey: (to) => `86${to}`,
        publish,
        publishStatuses: async (statuses) => void events.push(...statuses),
        markQueued: async (tx, claimed) => {
          const marked = claimed.filter(({ messageId }) => rows.get(messageId) === 'NEW');
          for (const { messageId } of marked) tx.set(messageId, 'QUEUED');
          return marked;
        },
        markRejected: async (tx, ended) => {
          for (const { messageId, reason } of ended) tx.set(messageId, `REJECTED ${reason}`);
        },
        now: () => 1,
        crashPoint,
      },
      limit,
    );
  return { rows, records, sends, events, take };
};

it('the table intake refuses a row whose id is in the history, and reports it to its sender', async () => {
  const [old, fresh] = [smsSendMessage({ messageId: 'old' }), smsSendMessage({ messageId: 'fresh' })];
  const world = createTable([{ ...old, reused: true } as SmsSend, fresh]);
  expect(await world.take()).toEqual({ queued: 1, rejected: new Map([['MESSAGE_ID_REUSED', 1]]) });
  expect([...world.rows.values()]).toEqual(['REJECTED MESSAGE_ID_REUSED', 'QUEUED']);
  expect(world.records.map(({ headers }) => headers?.['message-id'])).toEqual(['fresh']);
  expect(world.events).toMatchObject([{ messageId: 'old', status: 'REJECTED', reason: 'MESSAGE_ID_REUSED' }]);
});

const named = (...ids: readonly string[]) => ids.map((messageId) => smsSendMessage({ messageId }));

describe('the table intake', () => {
  it('publishes NEW rows, oldest first, with the recipient as key, and queues them', async () => {
    const table = createTable(named('a', 'b', 'c'));
    expect(await table.take(2)).toEqual({ queued: 2, rejected: new Map() });
    expect(await table.take(2)).toEqual({ queued: 1, rejected: new Map() });
    expect(await table.take(2)).toEqual({ queued: 0, rejected: new Map() });
    expect([...table.rows.values()]).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
    expect(table.records.map(({ key, headers }) => [key, headers])).toEqual(
      ['a', 'b', 'c'].map((id) => ['8613800138000', { 'message-id': id, 'app-id': 'billing', source: 'table' }]),
    );
  });

  it('publishes, ends and counts no row that another instance took meanwhile', async () => {
    const messages = [...named('a', 'b', 'c'), { ...smsSendMessage({ messageId: 'old' }), reused: true }];
    const table = createTable(messages, { meanwhile: ['a', 'old'], poison: new Set(['b']) });
    expect(await table.take()).toEqual({ queued: 1, rejected: new Map([['MESSAGE_REFUSED', 1]]) });
    expect(Object.fromEntries(table.rows)).toEqual({
      a: 'QUEUED by another',
      b: 'REJECTED MESSAGE_REFUSED',
      c: 'QUEUED',
      old: 'QUEUED by another',
    });
    expect(table.records.map(({ headers }) => headers?.['message-id'])).toEqual(['c']);
    expect(table.events.map(({ messageId }) => messageId)).toEqual(['b']);
  });

  it.each(INTAKE_STEPS)(
    'publishes uncommitted rows again when it is killed at %s, and loses nothing',
    async (crashAt) => {
      const table = createTable(named('a', 'b'), { crashAt });
      await expect(table.take()).rejects.toBeInstanceOf(Crash);
      expect([...table.rows.values()]).toEqual(['NEW', 'NEW']);
      await table.take();
      expect([...table.rows.values()]).toEqual(['QUEUED', 'QUEUED']);
      expect(new Set(table.records.map(({ headers }) => headers?.['message-id']))).toEqual(new Set(['a', 'b']));
    },
  );

  it('ends a row that no record can hold with its reason and event, and takes its neighbours', async () => {
    const messages = [
      ...named('a'),
      smsSendMessage({ messageId: 'late', scheduledAt: Number.POSITIVE_INFINITY, context: 'c' }),
      ...named('b'),
    ];
    const table = createTable(messages);
    expect(await table.take()).toEqual({ queued: 2, rejected: new Map([['SCHEDULE_INVALID', 1]]) });
    expect(Object.fromEntries(table.rows)).toEqual({ a: 'QUEUED', late: 'REJECTED SCHEDULE_INVALID', b: 'QUEUED' });
    expect(table.events).toMatchObject([
      {
        messageId: 'late',
        status: 'REJECTED',
        reason: 'SCHEDULE_INVALID',
        isFinal: true,
        context: 'c',
        appId: 'billing',
      },
    ]);
    expect(table.sends).toEqual([2]);
  });

  it('isolates a row that the broker refuses by halving', async () => {
    const ids = Array.from({ length: 64 }, (_, index) => `m${index}`);
    const table = createTable(named(...ids), { poison: new Set(['m17', 'm40']) });
    expect(await table.take()).toEqual({ queued: 62, rejected: new Map([['MESSAGE_REFUSED', 2]]) });
    expect(table.sends.length).toBeLessThan(30);
    expect(table.records).toHaveLength(62);
    expect(table.events.map(({ messageId }) => messageId)).toEqual(['m17', 'm40']);
  });

  it.each([['a'], ['a', 'b', 'c', 'd']])('rejects nothing while the broker refuses everything', async (...ids) => {
    const table = createTable(named(...ids), { poison: new Set(ids) });
    await expect(table.take()).rejects.toMatchObject({ code: 'KAFKA_REFUSES_ALL', retryable: true });
    expect([...table.rows.values()]).toEqual(ids.map(() => 'NEW'));
    expect(table.events).toEqual([]);
  });

  it('publishes an end with the same id after a crash', async () => {
    const table = createTable(named('a', 'b'), { poison: new Set(['a']), crashAt: 'producer.intake.before-commit' });
    await expect(table.take()).rejects.toBeInstanceOf(Crash);
    await table.take();
    const [first, second] = table.events.map(({ eventId }) => eventId);
    expect([table.events.length, first]).toEqual([2, second]);
  });
});
