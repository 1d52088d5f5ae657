import type { EachBatchPayload } from 'kafkajs';
import { createConsumerLife } from '../../../shared/kafka/kafkajs/consumer-life';
import { createEachBatch } from '../../../shared/kafka/kafkajs/hand-out-batches';
import { createPositions } from '../../../shared/kafka/kafkajs/reading-positions';
import type { RecordBatch } from '../../../shared/kafka/ports';

const AT = { topic: 't', partition: 0 };

/** A consumer that has joined its group, and a batch without records from offset 5 to 7. */
const createWorld = () => {
  const effects: string[] = [];
  const seeks: number[] = [];
  const handedOut: RecordBatch[] = [];
  const resolved: string[] = [];
  let heartbeats = 0;
  const life = createConsumerLife(({ type }) => effects.push(type));
  const positions = createPositions();
  const eachBatch = createEachBatch({
    life,
    positions,
    inflatedMaxBytes: 1_000_000,
    seek: (_at, offset) => seeks.push(offset),
    onBatch: (batch) => handedOut.push(batch),
  });
  life.dispatch({ type: 'joined', partitions: [AT] });
  const payload = {
    batch: { ...AT, fetchedOffset: '5', messages: [], lastOffset: () => '7' },
    heartbeat: async () => {
      heartbeats += 1;
    },
    resolveOffset: (offset: string) => resolved.push(offset),
    isStale: () => false,
    isRunning: () => true,
  } as unknown as EachBatchPayload;
  return {
    ...{ life, positions, effects, seeks, handedOut, resolved },
    heartbeats: () => heartbeats,
    hand: () => eachBatch(payload),
  };
};

describe('a batch from kafkajs', () => {
  it('is delivered while reading, and reading continues after it', async () => {
    const { life, hand, handedOut, resolved } = createWorld();
    life.dispatch({ type: 'started', generation: 1 });
    await hand();
    expect(handedOut).toMatchObject([{ ...AT, nextOffset: 5 }]);
    expect(resolved).toEqual(['4']);
  });

  it('waits for the start offsets with heartbeats, and is then fetched again', async () => {
    const { life, hand, handedOut, resolved, heartbeats } = createWorld();
    const waiting = hand();
    life.dispatch({ type: 'started', generation: 1 });
    await waiting;
    expect([handedOut, resolved, heartbeats()]).toEqual([[], [], 1]);
  });

  it('waits while all is paused, and is delivered in the same generation', async () => {
    const { life, hand, handedOut } = createWorld();
    life.dispatch({ type: 'started', generation: 1 });
    life.dispatch({ type: 'pause', partitions: [AT] });
    const waiting = hand();
    life.dispatch({ type: 'resume', partitions: [AT] });
    await waiting;
    expect(handedOut).toHaveLength(1);
  });

  it('leaves the process idle while it waits for the end of a failed consumer', async () => {
    const { life, hand, handedOut, heartbeats } = createWorld();
    life.dispatch({ type: 'start failed', generation: 1, error: new Error('outside the log') });
    const waiting = hand();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heartbeats()).toBe(0);
    life.dispatch({ type: 'close' });
    await waiting;
    expect(handedOut).toEqual([]);
  });

  it.each(['pause', 'crash', 'rebalance'] as const)(
    'is not delivered when a %s comes while it is read',
    async (what) => {
      const { life, hand, handedOut, resolved } = createWorld();
      life.dispatch({ type: 'started', generation: 1 });
      const reading = hand();
      await Promise.resolve();
      if (what === 'pause') life.dispatch({ type: 'pause', partitions: [AT] });
      if (what === 'crash')
        life.dispatch({ type: 'crashed', error: new Error('away'), problem: 'away', transient: true });
      if (what === 'rebalance') {
        life.dispatch({ type: 'rebalancing' });
        life.dispatch({ type: 'joined', partitions: [AT] });
        life.dispatch({ type: 'started', generation: 2 });
      }
      await reading;
      expect([handedOut, resolved]).toEqual([[], []]);
    },
  );

  it('is read again once when it is from another position; the second time the consumer fails', async () => {
    const { life, positions, hand, handedOut, seeks, effects } = createWorld();
    life.dispatch({ type: 'started', generation: 1 });
    positions.set(AT, 3);
    await hand();
    expect(seeks).toEqual([3]);
    await hand();
    expect(effects).toEqual(['resume', 'start', 'stop']);
    expect(handedOut).toEqual([]);
  });
});
