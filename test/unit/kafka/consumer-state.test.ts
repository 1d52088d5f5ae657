import { BridgeError } from '../../../shared/errors';
import {
  type ConsumerEvent,
  type ConsumerState,
  createJoiningState,
  isOver,
  judgeBatch,
  problemOf,
  readingGeneration,
  transition,
} from '../../../shared/kafka/kafkajs/consumer-state';

const P0 = { topic: 't', partition: 0 };
const P1 = { topic: 't', partition: 1 };
const BOTH = [P0, P1];
const ERROR = new Error('the broker is down');

const joined = (partitions = BOTH): ConsumerEvent => ({ type: 'joined', partitions });
const started = (generation: number): ConsumerEvent => ({ type: 'started', generation });
const rebalancing: ConsumerEvent = { type: 'rebalancing' };
const crashed = (transient = false): ConsumerEvent => ({
  type: 'crashed',
  error: ERROR,
  problem: ERROR.message,
  transient,
});
const failed: ConsumerEvent = { type: 'failed', error: ERROR };
const close: ConsumerEvent = { type: 'close' };
const pause = (...partitions: (typeof P0)[]): ConsumerEvent => ({ type: 'pause', partitions });
const resume = (...partitions: (typeof P0)[]): ConsumerEvent => ({ type: 'resume', partitions });
const watched: ConsumerEvent = { type: 'watched', silenceMs: 90 };

/** Returns the state after these events, a millisecond apart, and the effects of the last one. */
const follow = (...events: readonly ConsumerEvent[]) => {
  let now = 0;
  let last = { state: createJoiningState(now), effects: [] } as ReturnType<typeof transition>;
  for (const event of events) {
    now += 1;
    last = transition(last.state, event, now);
  }
  return { ...last, effects: last.effects.map(({ type }) => type), now };
};
const PATHS: Record<ConsumerState['name'], readonly ConsumerEvent[]> = {
  joining: [],
  starting: [joined()],
  reading: [joined(), started(1)],
  rejoining: [joined(), started(1), rebalancing],
  lost: [joined(), started(1), crashed()],
  failed: [joined(), started(1), failed],
  closing: [joined(), started(1), close],
};
const EVENTS: Record<string, ConsumerEvent> = {
  joined: joined(),
  started: started(1),
  'start failed': { type: 'start failed', generation: 1, error: ERROR },
  rebalancing,
  crashed: crashed(),
  pause: pause(P0),
  resume: resume(P0),
  'watched in vain': { type: 'watched', silenceMs: -1 },
  failed,
  close,
  alive: { type: 'alive' },
};
/** The whole table: the next state and the effects of each event in each state. */
const TABLE: Record<string, Partial<Record<ConsumerState['name'], string>>> = {
  joined: {
    joining: 'starting: resume start',
    starting: 'starting: resume start',
    reading: 'starting: resume start',
    rejoining: 'starting: resume start',
    lost: 'starting: resume start',
  },
  started: { starting: 'reading: ' },
  'start failed': { starting: 'failed: stop' },
  rebalancing: { starting: 'rejoining: ', reading: 'rejoining: ' },
  crashed: {
    joining: 'lost: restart',
    starting: 'lost: restart',
    reading: 'lost: restart',
    rejoining: 'lost: restart',
    lost: 'lost: restart',
  },
  alive: { rejoining: 'lost: restart' },
  pause: { starting: 'starting: pause', reading: 'reading: pause' },
  resume: { starting: 'starting: resume', reading: 'reading: resume' },
  'watched in vain': {
    starting: 'failed: stop',
    reading: 'failed: stop',
    rejoining: 'failed: stop',
    lost: 'failed: stop',
  },
  failed: {
    joining: 'failed: stop',
    starting: 'failed: stop',
    reading: 'failed: stop',
    rejoining: 'failed: stop',
    lost: 'failed: stop',
  },
  close: {
    joining: 'closing: ',
    starting: 'closing: ',
    reading: 'closing: ',
    rejoining: 'closing: ',
    lost: 'closing: ',
    failed: 'closing: ',
  },
};

describe('the states of a consumer', () => {
  const names = Object.keys(PATHS) as ConsumerState['name'][];
  it.each(Object.keys(EVENTS).flatMap((event) => names.map((name) => [name, event] as const)))(
    'follow the table in %s on %s',
    (name, event) => {
      const { state, effects } = follow(...PATHS[name], EVENTS[event] as ConsumerEvent);
      expect(`${state.name}: ${effects.join(' ')}`).toBe(TABLE[event]?.[name] ?? `${name}: `);
    },
  );

  it('ask nothing of kafkajs for an assignment without partitions', () => {
    expect(follow(joined([])).effects).toEqual(['start']);
  });
});

describe('the races of a consumer', () => {
  it('start nothing when positions of an older generation arrive: the group was joined again during the look-up', () => {
    const { state } = follow(joined(), joined([P1]), started(1));
    expect([state.name, state.generation]).toEqual(['starting', 2]);
    expect(follow(joined(), joined([P1]), started(1), started(2)).state.name).toBe('reading');
  });

  it('stop nothing when a look-up of an older generation fails: the next join looks up again', () => {
    const { state, effects } = follow(joined(), joined(), { type: 'start failed', generation: 1, error: ERROR });
    expect([state.name, effects]).toEqual(['starting', []]);
  });

  it('start nothing when positions arrive during a rebalance', () => {
    expect(follow(joined(), rebalancing, started(1)).state.name).toBe('rejoining');
  });

  it('start nothing when positions arrive after a crash: kafkajs has no fetcher to seek', () => {
    expect(follow(joined(), crashed(), started(1)).state.name).toBe('lost');
  });

  it('assign nothing in a rebalance while closing', () => {
    const { state, effects } = follow(joined(), started(1), close, rebalancing, joined());
    expect([state.name, state.generation, effects]).toEqual(['closing', 1, []]);
  });

  it('restart nothing after a crash while closing, which is no failure', () => {
    expect(follow(joined(), close, crashed()).effects).toEqual([]);
    expect(follow(joined(), close, failed).effects).toEqual([]);
  });

  it('restart the consumer after a crash during its first join', () => {
    const { state, effects } = follow(crashed());
    expect([state.name, state.generation, effects]).toEqual(['lost', 0, ['restart']]);
    expect(follow(crashed(), joined()).state.generation).toBe(1);
  });

  it('restart the consumer after a crash while it joins again', () => {
    expect(follow(joined(), started(1), rebalancing, crashed()).effects).toEqual(['restart']);
  });

  it('report a failure once, and do not restart after it', () => {
    expect(follow(joined(), failed, failed).effects).toEqual([]);
    expect(follow(joined(), crashed(), failed, crashed()).effects).toEqual([]);
    expect(isOver(follow(joined(), failed).state)).toBe(true);
    expect(isOver(follow(joined(), crashed()).state)).toBe(false);
  });

  it('report lag while the consumer is out of its group', () => {
    for (const event of [rebalancing, crashed(), failed])
      expect(follow(joined(), started(1), event).state.partitions).toEqual(BOTH);
  });
});

describe('the watchdog', () => {
  const lifeAt = (aliveAt: number, ...events: readonly ConsumerEvent[]) => {
    const { state } = follow(...events);
    return { ...state, aliveAt };
  };

  it('ends a consumer that has been silent for too long, and gives the reason', () => {
    const lost = lifeAt(0, joined(), crashed());
    expect(transition(lost, watched, 90).effects).toEqual([]);
    const { state, effects } = transition(lost, watched, 91);
    const message = 'the consumer has done nothing for 90 ms: the broker is down';
    expect(effects).toEqual([{ type: 'stop', error: new BridgeError('CONSUMER_SILENT', message) }]);
    expect(state.problem).toBe(message);
  });

  it('does not watch the first join, which the caller awaits', () => {
    expect(transition(createJoiningState(0), watched, 1000).effects).toEqual([]);
  });

  it('counts the first crash as a sign of life, and of later ones only those that kafkajs would have retried', () => {
    const reading = lifeAt(0, joined(), started(1));
    const first = transition(reading, crashed(), 10).state;
    expect(first.aliveAt).toBe(10);
    expect(transition(first, crashed(), 20).state.aliveAt).toBe(10);
    expect(transition(first, crashed(true), 20).state.aliveAt).toBe(20);
    const joinedAgain = transition(first, joined(), 30).state;
    expect(transition(joinedAgain, crashed(), 40).state.aliveAt).toBe(40);
  });

  it('is reset by heartbeats, also while the consumer is out of its group', () => {
    for (const name of ['starting', 'reading', 'lost'] as const)
      expect(transition(follow(...PATHS[name]).state, { type: 'alive' }, 50).state.aliveAt).toBe(50);
  });

  it('restarts the consumer when it reads without having joined again, because kafkajs has given the join up', () => {
    const { state, effects } = transition(follow(...PATHS.rejoining).state, { type: 'alive' }, 50);
    expect(state).toMatchObject({ name: 'lost', aliveAt: 50 });
    expect(effects.map(({ type }) => type)).toEqual(['restart']);
  });
});

describe('a batch in hand', () => {
  const judge = (events: readonly ConsumerEvent[], at = P0, fetchedIn = 1) =>
    judgeBatch(follow(...events).state, at, fetchedIn);
  const reading = PATHS.reading;

  it('is delivered in the generation that fetched it', () => {
    expect(judge(reading)).toBe('hand out');
    expect(readingGeneration(follow(...reading).state)).toBe(1);
  });

  it('waits until the start offset is known, and is then fetched again from there', () => {
    const fetchedIn = readingGeneration(follow(joined()).state);
    expect(fetchedIn).toBeUndefined();
    expect(judgeBatch(follow(joined()).state, P0, fetchedIn)).toBe('wait');
    expect(judgeBatch(follow(...reading).state, P0, fetchedIn)).toBe('drop');
  });

  it('is dropped when an older generation fetched it, because its partition may belong to another instance', () => {
    expect(judge([...reading, joined(), started(2)])).toBe('drop');
  });

  it.each(['joining', 'rejoining', 'lost', 'closing'] as const)('is dropped in %s', (name) => {
    expect(judge(PATHS[name])).toBe('drop');
  });

  it('waits once the consumer has failed, because repeated fetches would keep the process busy', () => {
    expect(judge(PATHS.failed)).toBe('wait');
    expect(judge([...PATHS.failed, close])).toBe('drop');
  });

  it('is dropped when its partition is paused, and kafkajs is told to fetch no more of it', () => {
    expect(follow(...reading, pause(P0)).effects).toEqual(['pause']);
    expect(judge([...reading, pause(P0)])).toBe('drop');
    expect(judge([...reading, pause(P0)], P1)).toBe('hand out');
    expect(judge([...reading, pause(P0), resume(P0)])).toBe('hand out');
  });

  it('waits while all partitions are paused, of which kafkajs is not told', () => {
    expect(follow(...reading, pause(P0, P1)).effects).toEqual([]);
    expect(judge([...reading, pause(P0, P1)])).toBe('wait');
    expect(follow(...reading, pause()).effects).toEqual([]);
  });

  it('stops waiting when a rebalance comes while all is paused, because nothing is paused after it', () => {
    const events = [...reading, pause(P0, P1), joined()];
    expect(follow(...events).state.paused.size).toBe(0);
    expect(judge([...events, started(2)])).toBe('drop');
    expect(judge([...events, started(2)], P0, 2)).toBe('hand out');
  });

  it('obeys a pause from before the first generation, but none from between two lives', () => {
    expect(judge([joined(), pause(P0), started(1)])).toBe('drop');
    expect(judge([...reading, crashed(), pause(P0), joined(), started(2)], P0, 2)).toBe('hand out');
  });
});

describe('the problem of a consumer', () => {
  const problem = (events: readonly ConsumerEvent[], sinceMs = 0) => {
    const { state, now } = follow(...events);
    return problemOf(state, 'sms.send', now + sinceMs);
  };

  it('is undefined while it is in its group and alive', () => {
    expect(problem(PATHS.starting)).toBeUndefined();
    expect(problem(PATHS.reading)).toBeUndefined();
    expect(problem(PATHS.reading, 5_000)).toBeUndefined();
    expect(problem(PATHS.reading, 6_000)).toBe('the consumer of sms.send gets no answers');
  });

  it('is the reason why it is not in its group', () => {
    expect(problem(PATHS.joining)).toBe('the consumer of sms.send has not joined its group');
    expect(problem(PATHS.rejoining)).toBe('the consumer of sms.send has not joined its group');
    expect(problem(PATHS.lost)).toBe('the consumer of sms.send has not joined its group: the broker is down');
    expect(problem(PATHS.failed)).toBe('the consumer of sms.send has stopped: the broker is down');
    expect(problem([...PATHS.lost, joined()])).toBeUndefined();
  });
});
