import { createTurns } from '../../../shared/timing/turns';

describe('turns', () => {
  it('serves owners in turn, and the jobs of each in their order', () => {
    const turns = createTurns<string>();
    for (const job of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) turns.add(job[0]!, job);
    expect(turns.remove('a', 'a2')).toBe(true);
    expect(turns.remove('a', 'a2')).toBe(false);
    expect([turns.take(), turns.take()]).toEqual(['a1', 'b1']);
    turns.add('d', 'd1');
    expect([turns.take(), turns.take(), turns.take(), turns.take()]).toEqual(['c1', 'a3', 'b2', 'd1']);
    expect(turns.remove('c', 'c1')).toBe(false);
    expect(turns.take()).toBeUndefined();
  });
});
