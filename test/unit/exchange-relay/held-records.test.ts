import fc from 'fast-check';
import { createRecordBuffer, type Slice } from '../../../services/exchange-relay/core/record-buffer';
import { splitSlices } from '../../../services/exchange-relay/core/split-slices';
import { relayBatch } from '../../../services/exchange-relay/relay-batch';
import { createRelayLoop, type RelayLoopPorts, type RelaySource } from '../../../services/exchange-relay/relay-loop';
import { BridgeError } from '../../../shared/errors';
import type { KafkaRecord, RecordBatch } from '../../../shared/kafka/ports';
import { smsSendMessage } from '../../support/sms-send-message';
import { tries } from '../../support/tries';
import { waitUntil } from '../../support/wait-until';
import { createRelayWorld } from './relay-world';

const AT = { topic: 't', partition: 0 };
const SOURCE: RelaySource = {
  pause: () => undefined,
  resume: () => undefined,
  seek: () => undefined,
  assigned: () => [AT],
};
const batch = (from: number, count: number): RecordBatch => ({
  ...AT,
  records: Array.from({ length: count }, (_, i): KafkaRecord => {
    return { ...AT, offset: from + i, key: null, value: null, headers: {}, timestamp: 0 };
  }),
  from,
  nextOffset: from + count,
});

describe('records that are not ready', () => {
  it('are overtaken, but never by the offset row: in any order, each is delivered once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })), { maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 140 }), { maxLength: 60 }),
        fc.boolean(),
        (batches, unready, split) => {
          const missing = new Set(unready);
          const buffer = createRecordBuffer(({ offset }) => !missing.has(offset));
          buffer.reset(new Map([[AT, 0]]));
          const given = new Set<number>();
          let row = 0;
          let end = 0;
          const commit = (slices: readonly Slice[]): void => {
            const halves = split ? splitSlices(slices) : undefined;
            if (halves !== undefined) {
              commit(halves[0]);
              commit(halves[1]);
              return;
            }
            for (const slice of slices) {
              expect(slice.from).toBe(row);
              row = slice.nextOffset;
              for (const { offset } of slice.records) {
                if (given.has(offset) || missing.has(offset)) throw new Error(`${offset} is delivered`);
                given.add(offset);
              }
            }
            // after a crash reading continues at the row: undelivered records must still be there
            for (let offset = 0; offset < row; offset += 1) {
              if (!given.has(offset)) throw new Error(`the row at ${row} has passed ${offset}`);
            }
          };
          const takeAll = (limit: number): void => {
            for (let slices = buffer.take(limit); slices.length > 0; slices = buffer.take(limit)) {
              commit(slices);
              buffer.done(slices, buffer.generation());
            }
          };
          for (const [count, limit] of batches) {
            buffer.add(batch(end, count));
            end += count;
            takeAll(limit);
            for (const { offset } of buffer.held(2)) missing.delete(offset);
            buffer.release();
            takeAll(limit);
          }
          missing.clear();
          buffer.release();
          takeAll(3);
          expect(given.size).toBe(end);
          expect(row).toBe(end);
        },
      ),
      { numRuns: tries(300) },
    );
  });

  const createLoop = (learn: (records: readonly KafkaRecord[], known: Set<KafkaRecord>) => Promise<void>) => {
    const world = createRelayWorld();
    const known = new Set<KafkaRecord>();
    const flushed: number[][] = [];
    const stranger = smsSendMessage({ messageId: 'later', context: 'unknown schema' });
    const slice = world.slice(0, [stranger, smsSendMessage({ messageId: 'a' }), smsSendMessage({ messageId: 'b' })]);
    const unknown = slice.records[0]!;
    const ports: RelayLoopPorts = {
      relayBatch: (slices, poison) => relayBatch(slices, world.ports, poison),
      loadPositions: async (partitions) => new Map(partitions.map((at) => [at, 0])),
      schemas: {
        isKnown: (record) => record !== unknown || known.has(record),
        prefetchSchemas: (records) => learn(records, known),
      },
      measureDepth: async () => ({ rows: 0, oldestMs: 0 }),
      pause: () => new Promise((resolve) => setTimeout(resolve, 1)),
      isPoison: () => false,
      blame: async () => 'value',
      describe: async (error) => (error as Error).message,
      onFlushed: (slices) => void flushed.push(slices.flatMap(({ records }) => records.map(({ offset }) => offset))),
      onAside: () => undefined,
      onProblem: () => undefined,
      onThrottle: () => undefined,
      signal: new AbortController().signal,
      now: () => 0,
    };
    const relay = createRelayLoop(ports, {
      batchSize: 10,
      slots: 2,
      bufferHigh: 8,
      bufferLow: 2,
      marks: { highRows: 100, lowRows: 50, highAgeMs: 1e6, lowAgeMs: 1e6 },
      depthCheckMs: 0,
      retry: { minMs: 1, maxMs: 4 },
    });
    return { world, relay, flushed, batch: slice };
  };

  it('wait for the look-up of their schema, while their neighbours are handed over', async () => {
    let answer: () => void = () => undefined;
    const {
      world,
      relay,
      batch: of,
    } = createLoop(async (records, known) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      for (const record of records) known.add(record);
    });
    await relay.onAssigned([AT], SOURCE);
    relay.onBatch(of);
    await waitUntil('the neighbours are handed over', () => world.state().exchange.length === 2);
    expect(world.state().offsets.get(0)).toBe(0);
    expect(relay.isIdle(AT)).toBe(false);
    answer();
    await waitUntil('it is handed over, too', () => world.state().offsets.get(0) === 3);
    expect(world.state().exchange).toEqual(['a', 'b', 'later']);
    expect(relay.isIdle(AT)).toBe(true);
  });

  it('keep their place when the look-up is quick', async () => {
    const {
      world,
      relay,
      batch: of,
      flushed,
    } = createLoop(async (records, known) => {
      for (const record of records) known.add(record);
    });
    await relay.onAssigned([AT], SOURCE);
    relay.onBatch(of);
    await waitUntil('all are handed over', () => world.state().offsets.get(0) === 3);
    expect(flushed).toEqual([[0, 1, 2]]);
  });

  it('wait for a registry that is down, which is reported; no record is judged meanwhile', async () => {
    let away = true;
    const {
      world,
      relay,
      batch: of,
    } = createLoop(async (records, known) => {
      if (away) throw new BridgeError('REGISTRY_UNAVAILABLE', 'the registry is down', { retryable: true });
      for (const record of records) known.add(record);
    });
    await relay.onAssigned([AT], SOURCE);
    relay.onBatch(of);
    await waitUntil('the neighbours are handed over', () => world.state().exchange.length === 2);
    await waitUntil('it is reported', () => relay.problem() === 'the registry is down');
    expect(world.letters).toEqual([]);
    away = false;
    await waitUntil('it is handed over, too', () => world.state().offsets.get(0) === 3);
    expect(relay.problem()).toBeUndefined();
  });

  it('are read again after a crash, together with those that overtook them, and nothing is sent twice', async () => {
    const first = createLoop(() => new Promise(() => undefined));
    await first.relay.onAssigned([AT], SOURCE);
    first.relay.onBatch(first.batch);
    const { state } = first.world;
    await waitUntil('the neighbours are handed over', () => state().exchange.length === 2);
    await relayBatch([{ ...first.batch, from: state().offsets.get(0) as number }], first.world.ports);
    expect([...state().exchange].sort()).toEqual(['a', 'b', 'later']);
    expect(state().offsets.get(0)).toBe(3);
  });
});
