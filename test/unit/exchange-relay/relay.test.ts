import { setImmediate as nextTurn } from 'node:timers/promises';
import { OffsetMoved } from '../../../services/exchange-relay/core/drop-replays';
import { MessageLocked, OffsetsHeld } from '../../../services/exchange-relay/enter-messages';
import { createFlusher } from '../../../services/exchange-relay/flush-slices';
import { relayBatch } from '../../../services/exchange-relay/relay-batch';
import { createRelayLoop, type RelayLoopPorts, type RelaySource } from '../../../services/exchange-relay/relay-loop';
import type { SmsSend } from '../../../shared/avro/records';
import { BridgeError } from '../../../shared/errors';
import type { RecordBatch, TopicPartition } from '../../../shared/kafka/ports';
import { smsSendMessage } from '../../support/sms-send-message';
import { createRelayWorld } from './relay-world';

const AT = { topic: 't', partition: 0 };
const OPTIONS = {
  batchSize: 10,
  slots: 2,
  bufferHigh: 8,
  bufferLow: 2,
  marks: { highRows: 100, lowRows: 50, highAgeMs: 1e6, lowAgeMs: 1e6 },
  depthCheckMs: 0,
  retry: { minMs: 1, maxMs: 4 },
};

const messages = (from: number, count: number): SmsSend[] =>
  Array.from({ length: count }, (_, index) => smsSendMessage({ messageId: `m-${from + index}` }));

const createLoop = (change: (world: ReturnType<typeof createRelayWorld>) => Partial<RelayLoopPorts> = () => ({})) => {
  const world = createRelayWorld();
  const calls: string[] = [];
  const pauses: number[] = [];
  const stopping = new AbortController();
  const ports: RelayLoopPorts = {
    relayBatch: (slices, aside, patienceMs) => relayBatch(slices, world.ports, aside, patienceMs),
    loadPositions: async (partitions) =>
      new Map(partitions.map((at) => [at, world.state().offsets.get(at.partition) as number])),
    measureDepth: async () => ({ rows: 0, oldestMs: 0 }),
    pause: async (ms) => {
      pauses.push(ms);
      // a loop that does not end fails its test instead of hanging it
      if (pauses.length > 50) throw new Error('the loop does not end');
    },
    isPoison: (error) => error instanceof BridgeError && !error.retryable,
    blame: async () => 'value',
    describe: async (error) => (error as Error).message,
    onFlushed: () => undefined,
    onProblem: () => undefined,
    onAside: () => undefined,
    onThrottle: (resting) => calls.push(resting ? 'rest' : 'go on'),
    signal: stopping.signal,
    now: () => 0,
    ...change(world),
  };
  const relay = createRelayLoop(ports, OPTIONS);
  const source: RelaySource = {
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    seek: (_at, offset) => calls.push(`seek ${offset}`),
    assigned: () => [AT],
  };
  return {
    world,
    ports,
    calls,
    pauses,
    relay,
    assign: (partitions: readonly TopicPartition[]) => relay.onAssigned(partitions, source),
    stop: () => stopping.abort(),
    batch: (from: number, count: number): RecordBatch => ({
      ...world.slice(from, messages(from, count)),
    }),
  };
};

describe('a flusher', () => {
  it('does not take an unexpected error for a stop, which would leave the records unsent without a log', async () => {
    const { ports, world } = createLoop(() => ({
      relayBatch: async () => {
        throw new BridgeError('DB_DATA', 'refused');
      },
      isPoison: () => false,
      describe: async () => {
        throw new Error('a fault of the program');
      },
    }));
    const flusher = createFlusher(ports, { isCurrent: () => true, onMoved: () => undefined }, OPTIONS);
    const slice = world.slice(0, messages(0, 1));
    await expect(flusher.flush([slice], 1)).rejects.toThrow('a fault of the program');
    await expect(flusher.flushWhenFree(slice, 1)).rejects.toThrow('a fault of the program');
  });
});

describe('the relay’s loop', () => {
  it('keeps the records of the present assignment when the positions of an earlier one arrive late', async () => {
    let comeLate: () => void = () => undefined;
    let asked = 0;
    const { relay, assign, world, batch } = createLoop((w) => ({
      loadPositions: async (partitions) => {
        asked += 1;
        if (asked === 1) await new Promise<void>((resolve) => (comeLate = resolve));
        return new Map(partitions.map((at) => [at, w.state().offsets.get(at.partition) as number]));
      },
    }));
    const first = assign([AT]);
    await assign([AT]);
    relay.hold('the records stay in the buffer');
    relay.onBatch(batch(0, 4));
    comeLate();
    expect(await first).toBeUndefined();
    relay.onBatch(batch(4, 4));
    relay.hold(undefined);
    while (relay.waiting() > 0) await relay.drain();
    await relay.drain();
    expect(world.state().offsets.get(0)).toBe(8);
    expect(world.state().exchange).toHaveLength(8);
  });

  it('reads a partition again from where its buffered records end when other records come', async () => {
    const { relay, assign, world, calls, batch } = createLoop();
    await assign([AT]);
    relay.onBatch(batch(0, 4));
    relay.onBatch(batch(6, 2));
    await relay.drain();
    expect(calls).toEqual(['seek 4']);
    expect(world.state().offsets.get(0)).toBe(4);
    relay.onBatch(batch(4, 4));
    await relay.drain();
    expect(world.state().offsets.get(0)).toBe(8);
  });

  it('hands over records as they come, and pauses and resumes partitions at the marks of its buffer', async () => {
    const { relay, assign, world, calls, batch } = createLoop();
    await assign([AT]);
    for (let from = 0; from < 40; from += 4) relay.onBatch(batch(from, 4));
    while (relay.waiting() > 0) await relay.drain();
    await relay.drain();
    expect(world.state().exchange).toHaveLength(40);
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('tries again with growing pauses until the database is back, and reports the problem meanwhile', async () => {
    let failures = 4;
    const seen: (string | undefined)[] = [];
    const { relay, assign, world, pauses, batch } = createLoop((w) => ({
      relayBatch: async (slices, poison) => {
        if (failures-- > 0) throw new BridgeError('DB_UNAVAILABLE', 'away', { retryable: true });
        seen.push(relay.problem());
        return relayBatch(slices, w.ports, poison);
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 3));
    await relay.drain();
    expect(pauses).toEqual([1, 2, 4, 4]);
    expect(seen).toEqual(['away']);
    expect(relay.problem()).toBeUndefined();
    expect(world.state().exchange).toHaveLength(3);
  });

  it('sets a poison record aside and hands over its neighbours', async () => {
    const { relay, assign, world, batch } = createLoop((w) => ({
      relayBatch: async (slices, poison) => {
        const poisonous = slices.some(({ records }) => records.some(({ offset }) => offset === 3));
        if (poisonous && poison === undefined) throw new BridgeError('DB_DATA', 'does not fit');
        return relayBatch(slices, w.ports, poison);
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 7));
    await relay.drain();
    expect(world.letters).toMatchObject([{ record: { offset: 3 }, reason: 'DB_DATA' }]);
    expect([...world.state().exchange].sort()).toEqual(['m-0', 'm-1', 'm-2', 'm-4', 'm-5', 'm-6']);
    expect(world.state().offsets.get(0)).toBe(7);
  });

  it('leaves a partition whose offset row is locked, and continues with the others', async () => {
    const asked: (readonly [number[], boolean])[] = [];
    let holding = true;
    const { relay, assign, world, pauses, batch } = createLoop((w) => ({
      relayBatch: async (slices, aside, patienceMs, atOnce = false) => {
        asked.push([slices.map(({ partition }) => partition), atOnce]);
        if (holding && slices.some(({ partition }) => partition === 0)) throw new OffsetsHeld(new Error('locked'));
        return relayBatch(slices, w.ports, aside, patienceMs);
      },
      pause: async (ms) => {
        pauses.push(ms);
        if (pauses.length < 3) return;
        // meanwhile the other partition may start its next batch
        if (pauses.length === 3) relay.onBatch({ ...batch(7, 1), partition: 1 });
        await nextTurn();
        expect(relay.problem()).toMatch(/another session holds rows of RELAY_OFFSET/);
        if (world.state().exchange.length === 4) holding = false;
      },
    }));
    world.state().offsets.set(1, 4);
    await assign([{ ...AT, partition: 1 }, AT]);
    relay.hold('both at once');
    relay.onBatch(batch(0, 2));
    relay.onBatch({ ...batch(4, 3), partition: 1 });
    relay.hold(undefined);
    await relay.drain();
    expect(asked.slice(0, 3)).toEqual([
      [[1, 0], false],
      [[1], true],
      [[0], true],
    ]);
    expect([...world.state().exchange].sort()).toEqual(['m-0', 'm-1', 'm-4', 'm-5', 'm-6', 'm-7']);
    expect([world.state().offsets.get(0), world.state().offsets.get(1)]).toEqual([2, 8]);
    expect(relay.problem()).toBeUndefined();
  });

  it('parks a locked record and hands over its neighbours, and waits less once it knows that one is locked', async () => {
    const patience: (number | undefined)[] = [];
    const { relay, assign, world, batch } = createLoop((w) => ({
      isPoison: () => false,
      blame: async () => 'unsure',
      relayBatch: async (slices, aside, patienceMs) => {
        const locked = slices.some(({ records }) => records.some(({ offset }) => offset === 3));
        if (locked && aside === undefined) {
          patience.push(patienceMs);
          throw new MessageLocked(new BridgeError('DB_LOCKED', 'locked', { retryable: true }));
        }
        return relayBatch(slices, w.ports, aside, patienceMs);
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 7));
    await relay.drain();
    expect(world.parked.map(({ record }) => record.offset)).toEqual([3]);
    expect([...world.state().exchange].sort()).toEqual(['m-0', 'm-1', 'm-2', 'm-4', 'm-5', 'm-6']);
    expect(world.state().offsets.get(0)).toBe(7);
    expect(world.letters).toEqual([]);
    expect(patience).toEqual([undefined, 40]);
  });

  it('rests, and sets nothing aside, while the tables are the cause', async () => {
    let refusals = 5;
    const { relay, assign, world, pauses, batch } = createLoop((w) => ({
      blame: async () => 'all',
      relayBatch: async (slices, aside) => {
        if (refusals-- > 0) throw new BridgeError('DB_DATA', 'column region_code');
        return relayBatch(slices, w.ports, aside);
      },
      pause: async (ms) => {
        expect(relay.problem()).toBe('column region_code');
        expect(relay.refused()).toBe(true);
        pauses.push(ms);
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 7));
    await relay.drain();
    expect(pauses).toEqual([1, 2, 4, 4, 4]);
    expect([world.letters, world.parked]).toEqual([[], []]);
    expect(world.state().exchange).toHaveLength(7);
    expect([relay.problem(), relay.refused()]).toEqual([undefined, false]);
  });

  it.each([false, true])(
    'reads again from the new position of the offset row (while setting aside: %s)',
    async (poisonous) => {
      const { relay, assign, world, calls, batch } = createLoop((w) => ({
        relayBatch: async (slices, poison) => {
          if (poisonous && poison === undefined) throw new BridgeError('DB_DATA', 'does not fit');
          return relayBatch(slices, w.ports, poison);
        },
      }));
      world.moveOffset(5);
      await assign([AT]);
      world.moveOffset(2);
      relay.onBatch(batch(5, 1));
      await relay.drain();
      expect(calls).toEqual(['seek 2']);
      expect(world.state().exchange).toEqual([]);
    },
  );

  it.each([
    ['a batch that fails', () => new BridgeError('DB_UNAVAILABLE', 'away', { retryable: true })],
    ['a partition that waits for its offset row', () => new OffsetsHeld(new Error('locked'))],
  ])('releases %s when it is stopped, without another attempt', async (_what, toError) => {
    let attempts = 0;
    const { relay, assign, pauses, batch, stop } = createLoop(() => ({
      relayBatch: async () => {
        attempts += 1;
        if (attempts === 3) stop();
        throw toError();
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 1));
    await relay.drain();
    expect(attempts).toBe(3);
    expect(pauses.length).toBeLessThanOrEqual(3);
  });

  it('releases a batch of a partition that a rebalance revoked', async () => {
    const { relay, assign, world, pauses, batch } = createLoop(() => ({
      relayBatch: async ([slice]) => {
        if (pauses.length === 2) await assign([]);
        throw new OffsetMoved(slice as never, undefined);
      },
    }));
    await assign([AT]);
    relay.onBatch(batch(0, 1));
    await relay.drain();
    expect(pauses).toHaveLength(3);
    expect(world.state().exchange).toEqual([]);
  });

  it('rests while the exchange table is above its mark, and continues below it', async () => {
    const depths = [101, 51, 50];
    let handedWhileResting = 0;
    const { relay, assign, world, calls, batch, stop } = createLoop((w) => ({
      measureDepth: async () => {
        const rows = depths.shift();
        await nextTurn(); // each batch in flight has had time to end
        if (rows === undefined) {
          stop();
          return { rows: 0, oldestMs: 0 };
        }
        if (rows === 51) {
          relay.onBatch(batch(0, 1));
          expect(relay.problem()).toContain('high-water mark');
        }
        handedWhileResting += w.state().exchange.length;
        return { rows, oldestMs: 0 };
      },
    }));
    await assign([AT]);
    await relay.watchDepth();
    await relay.drain();
    expect(calls).toEqual(['rest', 'go on']);
    expect(handedWhileResting).toBe(0);
    expect(world.state().exchange).toEqual(['m-0']);
  });
});
