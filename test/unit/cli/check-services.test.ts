import { judgeHolders, judgeServices } from '../../../cli/doctor/check-services';
import { judgeProgress, type PartitionLook, stuckPartitions } from '../../../cli/doctor/judge-progress';

const session = (name: string, quietSeconds: number | null) => ({ name, quietSeconds });

describe('the services that doctor expects', () => {
  const all = ['producer', 'exchange-relay', 'report-collector', 'archiver'];
  const only = (service: string) => all.filter((name) => name !== service);

  it('are frozen when none of an instance has sent anything for long', () => {
    const sessions = [session('producer a', 300), session('producer a', 3), session('producer b', 60)];
    expect(judgeServices(sessions, 'X', only('producer'))).toEqual([
      expect.objectContaining({ state: 'failed', detail: 'has a session, but sends nothing: b for 60 s' }),
    ]);
    expect(judgeServices(sessions.slice(0, 2), 'X', only('producer'))).toEqual([
      expect.objectContaining({ state: 'ok', detail: 'runs: a' }),
    ]);
  });

  it('are taken to work when it may not be seen when their sessions did something', () => {
    expect(judgeServices([session('archiver a', null)], 'X', only('archiver'))).toEqual([
      expect.objectContaining({ state: 'ok' }),
    ]);
  });

  it('are unknown to an account that sees no sessions, which is told the right it needs', () => {
    const [finding] = judgeServices(undefined, 'YJSMS', []);
    expect(finding).toMatchObject({
      state: 'warning',
      advice: expect.stringContaining('GRANT SELECT ON SYS.GV_$SESSION TO YJSMS;'),
    });
  });
});

describe('a lock that lasts', () => {
  it('names its holder, and the statement that ends it', () => {
    const holder = {
      who: 'billing, psql',
      seconds: 75.4,
      tables: ['sm_send_t'],
      end: 'SELECT pg_terminate_backend(7)',
    };
    expect(judgeHolders([holder])).toEqual([
      expect.objectContaining({
        state: 'failed',
        detail: 'billing, psql has held locks for 75 s: sm_send_t',
        advice: expect.stringContaining('SELECT pg_terminate_backend(7);'),
      }),
    ]);
    expect(judgeHolders([])).toEqual([expect.objectContaining({ state: 'ok' })]);
    expect(judgeHolders(undefined)).toEqual([]);
  });
});

describe('two looks at a group', () => {
  const look = (partition: number, next: number | undefined, stableEnd: number): PartitionLook => ({
    partition,
    low: 0,
    stableEnd,
    end: stableEnd,
    next,
    fromDatabase: true,
  });

  it('find the partitions where records waited and none was handled', () => {
    const first = [look(0, 5, 9), look(1, 5, 9), look(2, 9, 9), look(3, undefined, 2)];
    const second = [look(0, 5, 20), look(1, 6, 20), look(2, 9, 20), look(3, undefined, 2)];
    expect([...stuckPartitions(first, second)]).toEqual([
      [0, 5],
      [3, 0],
    ]);
  });

  it('are well when nothing is there but marks of transactions', () => {
    expect(judgeProgress('c', 'archiver', new Map([[0, 5]]), undefined)).toMatchObject({ state: 'ok' });
    expect(judgeProgress('c', 'archiver', new Map([[0, 5]]), 90_000)).toMatchObject({
      state: 'failed',
      detail: 'nothing was handled between two looks: partition 0 at 5; the oldest record waits for 90 s',
    });
  });
});
