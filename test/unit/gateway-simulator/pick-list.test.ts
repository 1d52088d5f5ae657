import { createPickList } from '../../../services/gateway-simulator/pick-list';

describe('the list of rows to try next', () => {
  const world = (table: string[]) => {
    const looks: number[] = [];
    let now = 0;
    const nextRows = createPickList(
      {
        findRows: async (limit) => {
          looks.push(limit);
          return table.slice(0, limit);
        },
        now: () => now,
      },
      { rows: 6, maxAgeMs: 200 },
    );
    const pass = (ms: number): void => {
      now += ms;
    };
    return { looks, nextRows, pass };
  };

  it('serves several batches from one query, and gives each row to one of them', async () => {
    const { looks, nextRows } = world(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(await Promise.all([nextRows(2), nextRows(3)])).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
    expect(await nextRows(3)).toEqual(['f']);
    expect(looks).toEqual([6]);
  });

  it('is read again when it is used up or old, and urgent rows come first again', async () => {
    const table = ['a', 'b', 'c', 'd'];
    const { looks, nextRows, pass } = world(table);
    expect(await nextRows(2)).toEqual(['a', 'b']);
    table.splice(0, 2, 'urgent');
    pass(200);
    expect(await nextRows(1)).toEqual(['c']);
    pass(1);
    expect(await nextRows(2)).toEqual(['urgent', 'c']);
    expect(await nextRows(2)).toEqual(['d']);
    table.length = 0;
    expect(await nextRows(2)).toEqual([]);
    table.push('new');
    expect(await nextRows(2)).toEqual(['new']);
    expect(looks).toHaveLength(4);
  });

  it('fails its waiters when its query fails, and the next one queries again', async () => {
    let fails = true;
    const nextRows = createPickList(
      {
        findRows: async () => {
          if (fails) throw new Error('away');
          return ['a'];
        },
        now: () => 0,
      },
      { rows: 6, maxAgeMs: 200 },
    );
    expect(await Promise.allSettled([nextRows(1), nextRows(1)])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
    fails = false;
    expect(await nextRows(1)).toEqual(['a']);
  });
});
