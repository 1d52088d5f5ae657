import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';

it('lists have few lengths, and repeat their own values to fill up', () => {
  expect([0, 1, 10, 11, 1000, 1001, 2000].map(paddedLength)).toEqual([10, 10, 10, 100, 1000, 2000, 2000]);
  expect(padded(['a', 'b'])).toEqual(['a', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b', 'b']);
  expect(padded([])).toEqual(Array(10).fill(null));
  expect(padded(['a'], 3)).toEqual(['a', 'a', 'a']);
});

it('lists have at most a thousand expressions, and every value has its bind', () => {
  expect(inList('ID', 3, 'k')).toBe('(ID IN (:k1, :k2, :k3))');
  const text = inList('ID', 2000);
  const lists = [...text.matchAll(/ID IN \(([^)]*)\)/g)].map(([, list]) => list?.split(', ') ?? []);
  expect(lists.map(({ length }) => length)).toEqual([1000, 1000]);
  expect(lists.flat()).toEqual(Array.from({ length: 2000 }, (_, at) => `:a${at + 1}`));
});
