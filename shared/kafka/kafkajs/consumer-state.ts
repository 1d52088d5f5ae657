import { BridgeError } from '../../errors';
import { partitionKey, type TopicPartition } from '../ports';

/**
 * The life of a consumer in its group, as values: `transition` takes a state and an event, and
 * returns the next state and what is to be done. Pure; `open-batch-source` performs the effects.
 *
 * | event | in | next | effects |
 * |---|---|---|---|
 * | joined | any | starting, of the next generation | resume, start |
 * | started | starting, of that generation | reading | |
 * | rebalancing | starting, reading | rejoining | |
 * | crashed | any | lost | restart |
 * | alive | rejoining | lost | restart |
 * | pause, resume | starting, reading | | pause, resume |
 * | start failed | starting, of that generation | failed | stop |
 * | failed | any | failed | stop |
 * | watched, silent for too long | any but joining | failed | stop |
 * | close | any | closing | |
 *
 * From `failed` only `close` leads on, and from `closing` nothing does: no effect follows in
 * either. Elsewhere `alive` only notes the time, as `joined` and a first `crashed` do.
 */
export type ConsumerState = {
  /**
   * - joining: not in the group yet
   * - starting: in the group; the caller is asked where to start, and nothing is handed out
   * - reading: batches are handed out
   * - rejoining: the group rebalances, and kafkajs joins it again
   * - lost: kafkajs has ended the consumer, and it is being started again
   * - failed: the caller was told to stop
   */
  readonly name: 'joining' | 'starting' | 'reading' | 'rejoining' | 'lost' | 'failed' | 'closing';
  /** Counts the joins. */
  readonly generation: number;
  /** Those of the last join, also while the consumer is out of its group: their lag goes on. */
  readonly partitions: readonly TopicPartition[];
  /** Keys of the partitions that the caller paused since the last join. */
  readonly paused: ReadonlySet<string>;
  /** Time of the last sign of life, in epoch ms. */
  readonly aliveAt: number;
  /** Why it is out of its group, or failed. */
  readonly problem: string | undefined;
};

export type ConsumerEvent =
  | { readonly type: 'joined'; readonly partitions: readonly TopicPartition[] }
  /** The start positions of that generation are set. */
  | { readonly type: 'started'; readonly generation: number }
  | { readonly type: 'start failed'; readonly generation: number; readonly error: Error }
  | { readonly type: 'rebalancing' }
  /** kafkajs has ended the consumer; `transient` when it would have restarted it itself. */
  | { readonly type: 'crashed'; readonly error: Error; readonly problem: string; readonly transient: boolean }
  | { readonly type: 'alive' }
  | { readonly type: 'watched'; readonly silenceMs: number }
  /** An operator must act. */
  | { readonly type: 'failed'; readonly error: Error }
  | { readonly type: 'pause' | 'resume'; readonly partitions: readonly TopicPartition[] }
  | { readonly type: 'close' };

export type ConsumerEffect =
  /** Asks the caller where to start; answered by `started` or `start failed`. */
  | { readonly type: 'start'; readonly generation: number; readonly partitions: readonly TopicPartition[] }
  /** At kafkajs. */
  | { readonly type: 'pause' | 'resume'; readonly partitions: readonly TopicPartition[] }
  /** `cause`: the error of a crash; undefined when kafkajs only gave a join up. */
  | { readonly type: 'restart'; readonly cause: Error | undefined }
  /** Tells the caller to stop. */
  | { readonly type: 'stop'; readonly error: Error };

type Transition = { readonly state: ConsumerState; readonly effects: readonly ConsumerEffect[] };

export const createJoiningState = (now: number): ConsumerState => ({
  name: 'joining',
  generation: 0,
  partitions: [],
  paused: new Set(),
  aliveAt: now,
  problem: undefined,
});

const isInGroup = ({ name }: ConsumerState): boolean => name === 'starting' || name === 'reading';

const isAllPaused = ({ partitions, paused }: ConsumerState): boolean =>
  partitions.length > 0 && partitions.every((topicPartition) => paused.has(partitionKey(topicPartition)));

const onCrashed = (state: ConsumerState, event: ConsumerEvent & { type: 'crashed' }, now: number): Transition => {
  // one crash after another is no life: the watchdog ends what does not come back
  const aliveAt = event.transient || state.name !== 'lost' ? now : state.aliveAt;
  return {
    state: { ...state, name: 'lost', aliveAt, problem: event.problem },
    effects: [{ type: 'restart', cause: event.error }],
  };
};

/**
 * A consumer that joins again neither fetches nor sends heartbeats. If it does, kafkajs has given
 * the join up: after a passing error of JoinGroup or SyncGroup its `runner.js` (2.2.4) fetches with
 * the old assignment, or with none, and never joins again.
 */
const onAlive = (state: ConsumerState, now: number): Transition => {
  if (state.name !== 'rejoining') return { state: { ...state, aliveAt: now }, effects: [] };
  return {
    state: { ...state, name: 'lost', aliveAt: now, problem: 'the group could not be joined again' },
    effects: [{ type: 'restart', cause: undefined }],
  };
};

const onFailed = (state: ConsumerState, error: Error): Transition => ({
  state: { ...state, name: 'failed', problem: error.message },
  effects: [{ type: 'stop', error }],
});

const onWatched = (state: ConsumerState, silenceMs: number, now: number): Transition => {
  // the first join is awaited by the caller
  if (state.name === 'joining' || now - state.aliveAt <= silenceMs) return { state, effects: [] };
  const why = state.problem === undefined ? '' : `: ${state.problem}`;
  return onFailed(state, new BridgeError('CONSUMER_SILENT', `the consumer has done nothing for ${silenceMs} ms${why}`));
};

/**
 * While everything is paused, kafkajs is not told: its own pause of everything sleeps for a whole
 * fetch wait before it looks again (two thirds of the time, measured on the relay's
 * back-pressure). The batch in hand waits instead.
 */
const onPaused = (state: ConsumerState, partitions: readonly TopicPartition[]): Transition => {
  const next = { ...state, paused: new Set([...state.paused, ...partitions.map(partitionKey)]) };
  const told = partitions.length > 0 && !isAllPaused(next);
  return { state: next, effects: told ? [{ type: 'pause', partitions }] : [] };
};

const onResumed = (state: ConsumerState, partitions: readonly TopicPartition[]): Transition => {
  const paused = new Set(state.paused);
  for (const topicPartition of partitions) paused.delete(partitionKey(topicPartition));
  return { state: { ...state, paused }, effects: partitions.length > 0 ? [{ type: 'resume', partitions }] : [] };
};

/** The next state, and what is to be done, in order. `now` in epoch ms. */
export const transition = (state: ConsumerState, event: ConsumerEvent, now: number): Transition => {
  const stay: Transition = { state, effects: [] };
  if (state.name === 'closing') return stay;
  if (event.type === 'close') return { state: { ...state, name: 'closing' }, effects: [] };
  if (state.name === 'failed') return stay;
  switch (event.type) {
    case 'joined': {
      const { partitions } = event;
      const generation = state.generation + 1;
      return {
        state: { name: 'starting', generation, partitions, paused: new Set(), aliveAt: now, problem: undefined },
        effects: [
          ...(partitions.length === 0 ? [] : [{ type: 'resume', partitions } as const]),
          { type: 'start', generation, partitions },
        ],
      };
    }
    case 'started':
      return isStarting(state, event.generation) ? { state: { ...state, name: 'reading' }, effects: [] } : stay;
    case 'start failed':
      return isStarting(state, event.generation) ? onFailed(state, event.error) : stay;
    case 'rebalancing':
      return isInGroup(state) ? { state: { ...state, name: 'rejoining' }, effects: [] } : stay;
    case 'crashed':
      return onCrashed(state, event, now);
    case 'alive':
      return onAlive(state, now);
    case 'watched':
      return onWatched(state, event.silenceMs, now);
    case 'failed':
      return onFailed(state, event.error);
    case 'pause':
      return isInGroup(state) ? onPaused(state, event.partitions) : stay;
    case 'resume':
      return isInGroup(state) ? onResumed(state, event.partitions) : stay;
  }
};

/** True when the consumer is not to be started again. */
export const isOver = ({ name }: ConsumerState): boolean => name === 'failed' || name === 'closing';

/** True while the start positions of that generation are still wanted. */
export const isStarting = ({ name, generation }: ConsumerState, expected: number): boolean =>
  name === 'starting' && generation === expected;

/** The generation whose batches are handed out now; undefined while none are. */
export const readingGeneration = ({ name, generation }: ConsumerState): number | undefined =>
  name === 'reading' ? generation : undefined;

/**
 * What to do with a batch in hand: hand it out · let it wait, with heartbeats · drop it; then it is
 * fetched again from where reading stands.
 * @param fetchedIn the `readingGeneration` when the batch came
 */
export const judgeBatch = (
  state: ConsumerState,
  topicPartition: TopicPartition,
  fetchedIn: number | undefined,
): 'hand out' | 'wait' | 'drop' => {
  // dropped, it would be fetched again and again
  if (state.name === 'starting' || state.name === 'failed') return 'wait';
  if (state.name !== 'reading') return 'drop';
  if (isAllPaused(state)) return 'wait';
  return state.generation !== fetchedIn || state.paused.has(partitionKey(topicPartition)) ? 'drop' : 'hand out';
};

/** A consumer that works gives a sign of life twice a second. */
const SILENT_MS = 6_000;

/**
 * Returns why the consumer does not read, for /health/ready; undefined while it is in its group and
 * alive.
 */
export const problemOf = (state: ConsumerState, topic: string, now: number) => {
  if (isInGroup(state) && now - state.aliveAt < SILENT_MS) return undefined;
  const what =
    state.name === 'failed' ? 'has stopped' : isInGroup(state) ? 'gets no answers' : 'has not joined its group';
  return `the consumer of ${topic} ${what}${state.problem === undefined ? '' : `: ${state.problem}`}`;
};
