import { type ArchivePorts, runArchive, type TakeSlice } from '../../../services/archiver/archive-batch';
import { toOverdueEvent } from '../../../services/archiver/core/overdue-event';
import { PHASES, type Phase } from '../../../services/archiver/core/plan-archive';
import type { RunCounts, SliceResult } from '../../../services/archiver/core/run-counts';

const limits = {
  reportDeadlineMs: 1,
  receivedRetryMs: 1,
  receivedMaxAttempts: 5,
  pendingAckMs: 1,
  sendLogRetentionMs: 1,
  receiveLogRetentionMs: 1,
  sliceRows: 10,
};
const NOTHING: SliceResult = { taken: 0, counts: {}, upTo: 0 };

/** A world that records its events; a transaction that throws has no effect. */
const createWorld = (phases: Partial<Record<Phase, TakeSlice<string[]>>> = {}, leftovers: readonly string[] = []) => {
  const events: string[] = [];
  const counted: Partial<RunCounts>[] = [];
  const lost = new AbortController();
  const ports: ArchivePorts<string[]> = {
    holdRunLock: (work) => work(lost.signal),
    lastGoodRun: async () => ({ startedAt: 50 }),
    beginRun: async () => ({ runId: 'run', interrupted: 0 }),
    countSlice: async (tx, _runId, counts) => {
      tx.push(`count ${JSON.stringify(counts)}`);
    },
    finishRun: async (_runId, problems) => {
      events.push(problems.length === 0 ? 'finish ok' : 'finish failed');
      return counted as unknown as RunCounts;
    },
    inTransaction: async (work) => {
      const tx: string[] = [];
      const result = await work(tx);
      events.push(...tx);
      return result;
    },
    phases: Object.fromEntries(
      PHASES.map((phase) => [
        phase,
        async (tx: string[], plan: never, from: number) => {
          events.push(phase);
          return phases[phase]?.(tx, plan, from) ?? NOTHING;
        },
      ]),
    ) as unknown as ArchivePorts<string[]>['phases'],
    findLeftovers: async () => leftovers,
    onSlice: () => undefined,
    onInterrupted: () => undefined,
    now: () => 100,
    crashPoint: () => undefined,
  };
  return { ports, events, lost };
};
const never = new AbortController().signal;

describe('runArchive', () => {
  it('runs the phases in order, slice by slice, each from the end of the last one', async () => {
    const froms: number[] = [];
    const world = createWorld({
      'move-sent': async (_tx, _plan, from) => {
        froms.push(from);
        const taken = froms.length < 3 ? 10 : 4;
        return {
          taken,
          counts: { sendArchived: taken },
          moved: { deleted: taken, inserted: taken },
          upTo: froms.length * 7,
        };
      },
    });
    const outcome = await runArchive(world.ports, limits, { stop: never });
    expect(outcome).toMatchObject({ kind: 'ran', run: { outcome: 'ok', problems: [] } });
    expect(froms).toEqual([0, 7, 14]);
    expect(world.events.filter((event) => event.startsWith('count'))).toEqual([
      'count {"sendArchived":10}',
      'count {"sendArchived":10}',
      'count {"sendArchived":4}',
    ]);
    expect([...new Set(world.events.filter((event) => (PHASES as readonly string[]).includes(event)))]).toEqual([
      ...PHASES,
    ]);
    expect(world.events.at(-1)).toBe('finish ok');
  });

  it('continues when a slice read enough rows, although some were no longer ready', async () => {
    const slices = [
      { taken: 8, claimed: 10, upTo: 5 },
      { taken: 0, claimed: 10, upTo: 6 },
      { taken: 9, claimed: 9, upTo: 7 },
    ];
    const froms: number[] = [];
    const world = createWorld({
      'offer-again': async (_tx, _plan, from) => {
        froms.push(from);
        return { ...(slices.shift() as (typeof slices)[number]), counts: {} };
      },
    });
    await runArchive(world.ports, limits, { stop: never });
    expect(froms).toEqual([0, 5, 6]);
    expect(world.events.filter((event) => event.startsWith('count'))).toHaveLength(2);
  });

  it('rolls back a slice whose counts do not add up, reports it, and fails', async () => {
    const world = createWorld({
      'move-sent': async () => ({
        taken: 3,
        counts: { sendArchived: 3 },
        moved: { deleted: 3, inserted: 2 },
        upTo: 0,
      }),
    });
    const outcome = await runArchive(world.ports, limits, { stop: never });
    expect(outcome).toMatchObject({ kind: 'ran', run: { outcome: 'failed' } });
    expect(outcome.kind === 'ran' && outcome.run.problems).toEqual([
      'move-sent: move-sent: took 3 rows, deleted 3 and inserted 2; nothing of this slice was kept',
    ]);
    expect(world.events.some((event) => event.startsWith('count'))).toBe(false);
  });

  it('runs the other phases when one fails, and names it', async () => {
    const world = createWorld({
      'end-unanswered': async () => {
        throw new Error('Kafka is down');
      },
    });
    const outcome = await runArchive(world.ports, limits, { stop: never });
    expect(outcome).toMatchObject({
      kind: 'ran',
      run: { outcome: 'failed', problems: ['end-unanswered: Kafka is down'] },
    });
    expect(world.events).toEqual([...PHASES, 'finish failed']);
  });

  it('fails when rows had to stay', async () => {
    const world = createWorld({}, ['HISTORY_HAS_ID: 1 row(s) stay']);
    expect(await runArchive(world.ports, limits, { stop: never })).toMatchObject({ run: { outcome: 'failed' } });
  });

  it.each(['the process was asked to stop', 'the lock is lost'])(
    'ends after the slice in flight when %s',
    async (why) => {
      const stop = new AbortController();
      const world = createWorld({
        'move-sent': async () => {
          (why === 'the lock is lost' ? world.lost : stop).abort(new Error(why));
          return { taken: 10, counts: { sendArchived: 10 }, upTo: 0 };
        },
      });
      const outcome = await runArchive(world.ports, limits, { stop: stop.signal });
      expect(outcome).toMatchObject({ run: { outcome: 'failed', problems: [`move-sent: ${why}`] } });
      expect(world.events.at(-2)).toBe('count {"sendArchived":10}');
    },
  );

  it('does nothing while another instance archives, or when another one was quicker', async () => {
    const busy = createWorld();
    const outcome = await runArchive({ ...busy.ports, holdRunLock: async () => undefined }, limits, { stop: never });
    expect(outcome).toEqual({ kind: 'busy' });
    const quick = createWorld();
    expect(await runArchive(quick.ports, limits, { stop: never, dueSince: 50 })).toEqual({ kind: 'not-due' });
    expect(await runArchive(quick.ports, limits, { stop: never, dueSince: 51 })).toMatchObject({ kind: 'ran' });
  });
});

describe('toOverdueEvent', () => {
  const message = {
    messageId: 'm1',
    appId: 'billing',
    destAddr: '8613800138000',
    context: 'c',
    gatewayMsgId: 'G1',
    gatewayCode: 'ACCEPTD',
    endedAt: 72,
  };
  it('returns the same event when it is published again, except for the time of recording', () => {
    const [first, again] = [toOverdueEvent(message, 'UNKNOWN', 100), toOverdueEvent(message, 'UNKNOWN', 200)];
    expect(again).toEqual({ ...first, recordedAt: 200 });
    expect(first).toMatchObject({
      status: 'UNKNOWN',
      isFinal: true,
      matched: true,
      reason: 'NO_REPORT',
      occurredAt: 72,
    });
  });
  it('reports for a message that a report came and decided nothing', () => {
    const event = toOverdueEvent({ ...message, gatewayCode: 'ZZ:9999', reason: 'REPORT_CODE_UNKNOWN' }, 'UNKNOWN', 1);
    expect(event).toMatchObject({ status: 'UNKNOWN', reason: 'REPORT_CODE_UNKNOWN', gatewayCode: 'ZZ:9999' });
  });
  it('returns another event for another message, application or end', () => {
    const ids = [
      toOverdueEvent(message, 'UNKNOWN', 1),
      toOverdueEvent({ ...message, messageId: 'm2' }, 'UNKNOWN', 1),
      toOverdueEvent({ ...message, appId: 'outage' }, 'UNKNOWN', 1),
      toOverdueEvent(message, 'EXPIRED', 1),
    ].map((event) => event.eventId);
    expect(new Set(ids).size).toBe(4);
  });
});
