import { type AckLoopPorts, type AckSource, createAckLoop } from '../../../services/archiver/ack-loop';
import { BridgeError } from '../../../shared/errors';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import type { KafkaRecord } from '../../../shared/kafka/ports';

const record = (offset: number, partition = 0): KafkaRecord => ({
  topic: 'acks',
  partition,
  offset,
  key: null,
  value: Buffer.from(String(offset)),
  headers: {},
  timestamp: 0,
});
const batch = (from: number, to: number, partition = 0) => ({
  topic: 'acks',
  partition,
  records: Array.from({ length: to - from }, (_, i) => record(from + i, partition)),
  from,
  nextOffset: to,
});
const settled = { applied: 0, waiting: 0, repeated: 0, refused: 0 };

const createLoop = (
  acknowledge: AckLoopPorts['acknowledge'],
  batchSize = 10,
  signal = new AbortController().signal,
) => {
  const log: string[] = [];
  const source: AckSource = {
    assigned: () => [{ topic: 'acks', partition: 0 }],
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    commit: async (offsets) => {
      log.push(`commit ${offsets.map((at) => `${at.partition}:${at.offset}`).join(' ')}`);
    },
  };
  const loop = createAckLoop(
    {
      acknowledge,
      isPoison: (error) => error instanceof BridgeError && error.code === 'DB_DATA',
      ...createJudge(async () => undefined),
      describe: async (error) => (error as Error).message,
      pause: async () => undefined,
      signal,
      now: () => 0,
      onSettled: () => undefined,
      onProblem: () => undefined,
    },
    { batchSize, queueHigh: 20, retry: { minMs: 1, maxMs: 10 } },
  );
  loop.onAssigned(source.assigned(), source);
  return { loop, log, source };
};

describe('createAckLoop', () => {
  it('settles in order, in batches, and commits offsets only afterwards', async () => {
    const seen: number[] = [];
    const { loop, log } = createLoop(async (records) => {
      expect(log).not.toContain(`commit 0:${records[0]!.offset + 1}`);
      seen.push(...records.map((r) => r.offset));
      return settled;
    });
    loop.onBatch(batch(0, 25));
    await loop.drain();
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(log.filter((line) => line.startsWith('commit'))).toEqual(['commit 0:10', 'commit 0:20', 'commit 0:25']);
  });
  it('pauses reading while much is queued and resumes it', async () => {
    const { loop, log } = createLoop(async () => settled);
    loop.onBatch(batch(0, 25));
    expect(log).toEqual(['pause']);
    await loop.drain();
    expect(log).toContain('resume');
  });
  it('repeats a batch until the database is back', async () => {
    let failures = 3;
    const { loop, log } = createLoop(async () => {
      if (failures-- > 0) throw new BridgeError('DB_UNAVAILABLE', 'away', { retryable: true });
      return settled;
    });
    loop.onBatch(batch(0, 5));
    await loop.drain();
    expect(log).toEqual(['commit 0:5']);
    expect(loop.problem()).toBeUndefined();
  });
  it('sets aside the one record that the database refuses, not its neighbours', async () => {
    const good: number[] = [];
    const aside: number[] = [];
    const { loop, log } = createLoop(async (records, poison) => {
      if (poison === undefined && records.some((r) => r.offset === 3)) throw new BridgeError('DB_DATA', 'bad value');
      (poison === undefined ? good : aside).push(...records.map((r) => r.offset));
      return settled;
    });
    loop.onBatch(batch(0, 6));
    await loop.drain();
    expect(good).toEqual([0, 1, 2, 4, 5]);
    expect(aside).toEqual([3]);
    expect(log).toEqual(['commit 0:6']);
  });
  it('sets nothing aside when all records are refused alike, and waits for the repair of the table', async () => {
    let rounds = 0;
    const aside: number[] = [];
    const { loop, log } = createLoop(async (records, poison) => {
      if (poison !== undefined) aside.push(...records.map((r) => r.offset));
      if (records.length === 6) rounds += 1;
      if (rounds < 4) throw new BridgeError('DB_DATA', 'no', { place: { number: '23514', constraint: 'ck' } });
      return settled;
    });
    loop.onBatch(batch(0, 6));
    await loop.drain();
    expect(aside).toEqual([]);
    expect(log).toEqual(['commit 0:6']);
  });
  it('gives a batch up when it is stopped, and commits none of it', async () => {
    const stopping = new AbortController();
    const { loop, log } = createLoop(
      async () => {
        stopping.abort();
        throw new BridgeError('DB_UNAVAILABLE', 'away', { retryable: true });
      },
      10,
      stopping.signal,
    );
    loop.onBatch(batch(0, 12));
    await loop.drain();
    expect(log).toEqual([]);
    expect(loop.inHand({ topic: 'acks', partition: 0 })).toBe(0);
  });
  it('forgets its queue when partitions are assigned again, and commits none of it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: number[] = [];
    const { loop, log, source } = createLoop(async (records) => {
      seen.push(...records.map((r) => r.offset));
      if (records[0]!.offset === 0) await held;
      return settled;
    });
    loop.onBatch(batch(0, 12));
    loop.onAssigned([{ topic: 'acks', partition: 1 }], source);
    loop.onBatch(batch(100, 102, 1));
    release();
    await loop.drain();
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 101]);
    expect(log).toEqual(['commit 1:102']);
  });
});
