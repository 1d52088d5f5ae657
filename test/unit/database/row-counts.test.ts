import { changedRows, isRowChanged, toManyResult } from '../../../shared/database/oracle/row-counts';

const MERGE = 'MERGE INTO T USING DUAL';

describe('row counts of an array statement', () => {
  it('are accepted when there is one for each row and their sum is the number of changed rows', () => {
    expect(toManyResult(MERGE, 3, { dmlRowCounts: [1, 0, 2], rowsAffected: 3 })).toEqual({
      rowCount: 3,
      rowCounts: [1, 0, 2],
    });
  });

  it.each<[string, unknown, number | undefined]>([
    ['a driver that got no counts', true, 3],
    ['nothing', undefined, 3],
    ['one too few', [1, 1], 2],
    ['one too many', [1, 1, 1, 0], 3],
    ['zeros, though rows were changed', [0, 0, 0], 3],
    ['more than the changed rows', [1, 1, 1], 2],
    ['no sum to compare with', [0, 0, 0], undefined],
    ['no numbers', [1, undefined, 1], 2],
  ])('are not accepted: %s', (_what, dmlRowCounts, rowsAffected) => {
    expect(() => toManyResult(MERGE, 3, { dmlRowCounts, rowsAffected: rowsAffected as number })).toThrow(
      expect.objectContaining({
        code: 'DB_ERROR',
        retryable: true,
        message: expect.stringContaining('(MERGE INTO T)'),
      }),
    );
  });

  it('count only as 0 and 1', () => {
    expect(changedRows(['a', 'b', 'c'], { rowCount: 2, rowCounts: [1, 0, 1] })).toEqual(['a', 'c']);
    for (const count of [2, -1, Number.NaN, undefined])
      expect(() => isRowChanged(count)).toThrow(expect.objectContaining({ code: 'DB_ERROR', retryable: true }));
  });
});
