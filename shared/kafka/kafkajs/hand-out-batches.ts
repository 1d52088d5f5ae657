import type { EachBatchPayload } from 'kafkajs';
import { BridgeError } from '../../errors';
import type { RecordBatch, TopicPartition } from '../ports';
import type { ConsumerLife } from './consumer-life';
import { judgeBatch, readingGeneration } from './consumer-state';
import { HEARTBEAT_MS } from './group-consumer';
import type { RawMessage } from './patches/raw-batches';
import { fetchedOffsetOf } from './private-api';
import { readFetched } from './read-fetched';
import type { ReadingPositions } from './reading-positions';

export type HandOutOptions = {
  readonly life: ConsumerLife;
  readonly positions: ReadingPositions;
  readonly inflatedMaxBytes: number;
  readonly seek: (topicPartition: TopicPartition, offset: number) => void;
  readonly onBatch: (batch: RecordBatch) => void;
};

/** Creates kafkajs' handler of a batch: reads the records, and hands them out when permitted. */
export const createEachBatch = ({ life, positions, inflatedMaxBytes, seek, onBatch }: HandOutOptions) => {
  const { state, dispatch, changed } = life;

  /** Waits, with heartbeats, until the batch may be handed out (true) or must be dropped. */
  const mayHandOut = async (
    topicPartition: TopicPartition,
    fetchedIn: number | undefined,
    heartbeat: () => Promise<void>,
  ) => {
    for (;;) {
      const verdict = judgeBatch(state(), topicPartition, fetchedIn);
      if (verdict !== 'wait') return verdict === 'hand out';
      const timer = new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS).unref());
      await Promise.race([changed(), timer]);
      await heartbeat();
    }
  };

  return async ({ batch, heartbeat, resolveOffset, isStale, isRunning }: EachBatchPayload): Promise<void> => {
    dispatch({ type: 'alive' });
    const fetchedIn = readingGeneration(state());
    if (!(await mayHandOut(batch, fetchedIn, heartbeat)) || !isRunning() || isStale()) return;
    const from = fetchedOffsetOf(batch);
    const verdict = positions.judge(batch, from);
    if (verdict instanceof BridgeError) return dispatch({ type: 'failed', error: verdict });
    if (verdict !== undefined) return seek(batch, verdict);
    const fetched = { ...batch, messages: batch.messages as unknown as readonly RawMessage[] };
    const records = await readFetched(fetched, from, Number(batch.lastOffset()), inflatedMaxBytes);
    // a rebalance, a pause or a seek may have happened meanwhile
    if (judgeBatch(state(), batch, fetchedIn) !== 'hand out' || isStale()) return;
    positions.set(batch, records.nextOffset);
    resolveOffset(String(records.nextOffset - 1));
    onBatch(records);
  };
};
