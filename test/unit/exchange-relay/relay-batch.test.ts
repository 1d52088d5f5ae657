import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { OffsetMoved } from '../../../services/exchange-relay/core/drop-replays';
import { RELAY_STEPS, relayBatch } from '../../../services/exchange-relay/relay-batch';
import { BridgeError } from '../../../shared/errors';
import { smsSendMessage as message, NOW } from '../../support/sms-send-message';
import { tries } from '../../support/tries';
import { createRelayWorld } from './relay-world';

const STEPS = [...RELAY_STEPS.slice(0, -1), 'after-commit'];

describe('handing over one batch', () => {
  it('hands over, ends invalid messages, sets undecodable records aside, and advances the offset, all in one transaction', async () => {
    const world = createRelayWorld();
    const slice = world.slice(0, [message(), message({ messageId: 'bad', to: '1' }), undefined, message()]);
    expect(await relayBatch([slice], world.ports)).toEqual({
      handed: 1,
      scheduled: 0,
      replayed: 0,
      parked: 0,
      duplicates: 1,
      deadLetters: 1,
      ended: new Map([['RECIPIENT_INVALID', 1]]),
    });
    expect(world.state().exchange).toEqual(['m-1']);
    expect(world.state().offsets.get(0)).toBe(4);
    expect(world.statuses).toMatchObject([{ messageId: 'bad', status: 'REJECTED', isFinal: true }]);
    expect(world.letters).toMatchObject([{ record: { offset: 2 }, reason: 'MALFORMED' }]);
  });

  it('drops records before the offset row, and never moves the row backwards', async () => {
    const world = createRelayWorld();
    const slice = world.slice(0, [message({ messageId: 'a' }), message({ messageId: 'b' })]);
    world.moveOffset(1);
    expect(await relayBatch([slice], world.ports)).toMatchObject({ handed: 1, replayed: 1 });
    world.moveOffset(9);
    expect(await relayBatch([slice], world.ports)).toMatchObject({ handed: 0, replayed: 2 });
    expect(world.state().exchange).toEqual(['b']);
    expect(world.state().offsets.get(0)).toBe(9);
  });

  it.each([4, undefined])('does nothing when the offset row is before the batch (%s)', async (to) => {
    const world = createRelayWorld();
    world.moveOffset(to);
    await expect(relayBatch([world.slice(5, [message()])], world.ports)).rejects.toThrow(OffsetMoved);
    expect(world.state().exchange).toEqual([]);
  });

  it('does not send a message that only the history has', async () => {
    const world = createRelayWorld({ history: ['old'] });
    const slice = world.slice(0, [message({ messageId: 'new' }), message({ messageId: 'old' })]);
    expect(await relayBatch([slice], world.ports)).toMatchObject({ handed: 1, duplicates: 1 });
    expect(world.state().exchange).toEqual(['new']);
  });

  it("publishes nothing about an expired message of the history; another application's with that id is another message", async () => {
    const world = createRelayWorld({ history: ['old', 'theirs'] });
    const slice = world.slice(0, [
      message({ messageId: 'old', createdAt: NOW - 100 * 3_600_000 }),
      message({ messageId: 'theirs', appId: 'portal' }),
      message({ messageId: 'new' }),
    ]);
    expect(await relayBatch([slice], world.ports)).toMatchObject({ handed: 2, duplicates: 1 });
    expect(world.state().exchange).toEqual(['new', 'theirs']);
    expect(world.statuses).toEqual([]);
  });

  it('keeps ids apart by application', async () => {
    const world = createRelayWorld();
    await relayBatch([world.slice(0, [message()])], world.ports);
    const again = [message(), message({ appId: 'portal' }), message({ appId: 'portal' })];
    expect(await relayBatch([world.slice(1, again)], world.ports)).toMatchObject({ handed: 1, duplicates: 2 });
    expect(world.statuses).toEqual([]);
    expect(world.state().exchange).toEqual(['m-1', 'm-1']);
  });

  it('publishes the end of a message again when it comes again, unchanged, and only to its own application', async () => {
    const world = createRelayWorld();
    const bad = message({ messageId: 'bad', to: '1', context: 'bill 7' });
    await relayBatch([world.slice(0, [bad, message()])], world.ports);
    const corrected = message({ messageId: 'bad', content: 'another text' });
    expect(await relayBatch([world.slice(2, [corrected, bad, message()])], world.ports)).toMatchObject({
      handed: 0,
      duplicates: 3,
      ended: new Map(),
    });
    const [first, second, ...more] = world.statuses;
    expect([second, more]).toEqual([first, []]);
    await relayBatch([world.slice(5, [message({ messageId: 'bad', appId: 'portal' })])], world.ports);
    expect(world.statuses.slice(2)).toEqual([]);
    expect(world.state().exchange).toEqual(['m-1', 'bad']);
  });

  it.each([
    ['published again when it was cancelled before this record was published', NOW],
    ['not published again when it was cancelled after this record: its sender knows', NOW + 1],
  ])('reads from the history that the end of a message is %s', async (_, endedAt) => {
    const end = { status: 'CANCELLED', reason: 'CANCELLED', destAddr: null, context: null, endedAt } as const;
    const world = createRelayWorld({ history: ['old'], ended: new Map([['old', end]]) });
    const counts = await relayBatch([world.slice(0, [message({ messageId: 'old' })])], world.ports);
    expect(counts).toMatchObject({ handed: 0, duplicates: 1 });
    expect(world.statuses.map(({ status }) => status)).toEqual(endedAt > NOW ? [] : ['CANCELLED']);
  });

  it.each([
    [2, 'fulfilled'],
    [3, 'rejected'],
  ] as const)(
    'repeats at once, up to twice, when other sessions were quicker (%i times: %s)',
    async (times, outcome) => {
      const world = createRelayWorld();
      let left = times;
      const handOver: typeof world.ports.handOver = async (...batch) => {
        left -= 1;
        if (left >= 0) throw new BridgeError('DB_UNIQUE', 'unique constraint violated');
        return world.ports.handOver(...batch);
      };
      const [result] = await Promise.allSettled([
        relayBatch([world.slice(0, [message()])], { ...world.ports, handOver }),
      ]);
      expect(result).toMatchObject({ status: outcome });
      expect(world.state().exchange).toEqual(outcome === 'fulfilled' ? ['m-1'] : []);
    },
  );

  it('commits nothing that Kafka has not acknowledged', async () => {
    const world = createRelayWorld();
    const slice = world.slice(0, [message(), message({ messageId: 'bad', to: '1' })]);
    const away = { ...world.ports, publish: () => nextTurn().then(() => Promise.reject(new Error('Kafka is down'))) };
    await expect(relayBatch([slice], away)).rejects.toThrow('Kafka is down');
    expect(world.state()).toMatchObject({ exchange: [], offsets: new Map([[0, 0]]) });
    expect(world.state().ledger.size).toBe(0);
  });

  it('sets a poison record aside instead of handing it over', async () => {
    const world = createRelayWorld();
    await relayBatch([world.slice(0, [message()])], world.ports, { reason: 'DB_DATA', message: 'no' });
    expect(world.letters).toMatchObject([{ reason: 'DB_DATA' }]);
    expect(world.state()).toMatchObject({ exchange: [], offsets: new Map([[0, 1]]) });
  });

  it('loses nothing and sends nothing twice when it is killed between any two steps, any number of times', async () => {
    const anything = fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
        kind: fc.constantFrom('good', 'bad', 'expired', 'unreadable'),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const kills = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.integer({ min: 1, max: 3 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anything, kills, fc.integer({ min: 1, max: 5 }), async (log, planned, size) => {
        const pending = [...planned];
        let passes = 0;
        const world = createRelayWorld({
          crash: (step) => {
            const [at, pass] = pending[0] ?? [];
            if (step !== at) return;
            passes += 1;
            if (passes < (pass as number)) return;
            passes = 0;
            pending.shift();
            throw new Error('killed');
          },
        });
        const records = log.map(({ id, kind }) => {
          if (kind === 'unreadable') return undefined;
          if (kind === 'bad') return message({ messageId: id, to: '1' });
          return message({ messageId: id, createdAt: kind === 'expired' ? NOW - 25 * 3_600_000 : NOW });
        });
        for (let at = 0; at < records.length; at = world.state().offsets.get(0) as number) {
          await relayBatch([world.slice(at, records.slice(at, at + size))], world.ports).catch(() => undefined);
        }
        // the first record with an id decides
        const first = new Map<string, string>();
        for (const { id, kind } of log) if (kind !== 'unreadable' && !first.has(id)) first.set(id, kind);
        const good = [...first].filter(([, kind]) => kind === 'good').map(([id]) => id);
        expect([...world.state().exchange].sort()).toEqual(good.sort());
        const ended = new Set(world.statuses.map(({ messageId }) => messageId));
        expect(ended).toEqual(new Set([...first].filter(([, kind]) => kind !== 'good').map(([id]) => id)));
        expect(new Set(world.statuses.map(({ eventId }) => eventId)).size).toBe(ended.size);
        const setAside = new Set(world.letters.map(({ record }) => record.offset));
        expect(setAside).toEqual(new Set(log.flatMap(({ kind }, offset) => (kind === 'unreadable' ? [offset] : []))));
      }),
      { numRuns: tries(300) },
    );
  });
});
