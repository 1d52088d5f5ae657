import fc from 'fast-check';
import { type ParkedEntry, selectDue, toRetryPauseMs } from '../../../services/exchange-relay/core/parked-record';
import { MessageLocked } from '../../../services/exchange-relay/enter-messages';
import { handOverParked } from '../../../services/exchange-relay/hand-over-parked';
import { relayBatch } from '../../../services/exchange-relay/relay-batch';
import { fromKeptText, toKeptText } from '../../../services/exchange-relay/sql/kept-record';
import { createParkedKeys } from '../../../services/exchange-relay/wiring/parked-ports';
import { BridgeError } from '../../../shared/errors';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { smsSendMessage } from '../../support/sms-send-message';
import { createRelayWorld } from './relay-world';

const entry = (id: string, change: Partial<ParkedEntry> = {}): ParkedEntry => ({
  id,
  appId: 'billing',
  messageId: `m-${id}`,
  fault: '',
  tries: 1,
  parkedMs: 0,
  nextTryMs: 0,
  ...change,
});

const LOCKED = new MessageLocked(new BridgeError('DB_LOCKED', 'locked', { retryable: true }));
const REFUSED = new BridgeError('DB_DATA', 'refused', { place: { number: '23514', constraint: 'ck' } });
const FAULT = 'DB_DATA 23514   CK';

/** Parked records, and the outcome of each attempt. */
const createRound = (entries: readonly ParkedEntry[], meets: Readonly<Record<string, Error>>, goesIn = true) => {
  const done: string[] = [];
  const run = () =>
    handOverParked({
      list: async () => entries,
      relay: async (id, poison) => {
        if (poison === undefined && meets[id] !== undefined) throw meets[id];
        done.push(poison === undefined ? `handed ${id}` : `letter ${id}`);
        return true;
      },
      postpone: async (id, { fault }, nextTryMs) => {
        done.push(`later ${id} ${nextTryMs}${fault === '' ? '' : ' refused'}`);
      },
      judge: createJudge(async () => {
        if (!goesIn) throw REFUSED;
      }).judge,
      describe: async (error) => (error as Error).message,
      now: () => 10_000,
      signal: new AbortController().signal,
      onProblem: () => undefined,
    });
  return { run, done };
};

describe('parked records', () => {
  it('are tried when their time has come, the oldest of each message first', () => {
    const entries = [
      entry('1', { messageId: 'a' }),
      entry('2', { messageId: 'a' }),
      entry('3', { nextTryMs: 11_000 }),
      entry('4', { messageId: 'a', appId: 'portal' }),
    ];
    expect(selectDue(entries, 10_000).map(({ id }) => id)).toEqual(['1', '4']);
  });

  it('are tried at growing intervals, up to five seconds', () =>
    expect([0, 1, 2, 3, 4, 5, 50].map(toRetryPauseMs)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]));

  it('are kept byte by byte', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value));
    fc.assert(
      fc.property(
        fc.option(bytes),
        fc.option(bytes),
        fc.dictionary(fc.string({ minLength: 1 }), bytes),
        fc.array(fc.tuple(fc.string(), bytes)),
        (key, value, headers, allHeaders) => {
          const place = { topic: 't', partition: 3, offset: 17 };
          const record = { ...place, key, value, headers: { ...headers }, allHeaders, timestamp: 5 };
          expect(fromKeptText(place, toKeptText(record))).toEqual(record);
        },
      ),
    );
  });

  it('wait while they are locked, and are handed over afterwards', async () => {
    const { run, done } = createRound([entry('1'), entry('2')], { 1: LOCKED });
    expect((await run()).parked.map(({ id }) => id)).toEqual(['1']);
    expect(done).toEqual(['later 1 10500', 'handed 2']);
  });

  it('are set aside when test rows succeed and they alone fail', async () => {
    const { run, done } = createRound([entry('1', { fault: FAULT })], { 1: REFUSED });
    expect(await run()).toEqual({ parked: [], problem: undefined });
    expect(done).toEqual(['letter 1']);
  });

  it('are not set aside before others had time to fail alike', async () => {
    const { run, done } = createRound([entry('1', { fault: FAULT, parkedMs: 9_000 })], { 1: REFUSED });
    await run();
    expect(done).toEqual(['later 1 10500 refused']);
  });

  it.each([
    ['several fail alike', [entry('1', { fault: FAULT }), entry('2', { fault: FAULT })], true],
    ['test rows fail', [entry('1', { fault: FAULT })], false],
  ])('wait, and report it, when %s', async (_what, entries, goesIn) => {
    const { run, done } = createRound(entries, { 1: REFUSED, 2: REFUSED }, goesIn);
    expect(await run()).toEqual({ parked: entries, problem: 'refused' });
    expect(done.every((what) => what.startsWith('later'))).toBe(true);
  });

  it('count as parked exactly while they are, despite an earlier query', () => {
    let now = 0;
    const keys = createParkedKeys(() => now);
    const message = { appId: 'billing', messageId: 'm-1' };
    keys.add(message);
    keys.looked([]);
    expect(keys.has(message)).toBe(true);
    keys.looked([entry('1')]);
    now = 6_000;
    keys.looked([entry('1')]);
    expect(keys.has(message)).toBe(true);
    keys.looked([]);
    expect([keys.has(message), keys.size()]).toEqual([false, 0]);
  });

  it('hold back later records of their message, and no others', async () => {
    const world = createRelayWorld();
    const message = (messageId: string) => smsSendMessage({ messageId });
    await relayBatch([world.slice(0, [message('a')])], world.ports, { park: { fault: '', message: 'locked' } });
    expect(world.state().exchange).toEqual([]);
    const counts = await relayBatch([world.slice(1, [message('b'), message('a'), message('c')])], world.ports);
    expect(counts).toMatchObject({ handed: 2, parked: 1 });
    expect([...world.state().exchange].sort()).toEqual(['b', 'c']);
    expect(world.parked.map(({ record }) => record.offset)).toEqual([0, 2]);
    expect(world.state().offsets.get(0)).toBe(4);
  });
});
