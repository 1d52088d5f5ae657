import { checkStarts, createPositions } from '../../../shared/kafka/kafkajs/reading-positions';

const AT = { topic: 't', partition: 0 };
const OTHER = { topic: 't', partition: 1 };

describe('the start offset', () => {
  const range = async () => new Map([[0, { low: 2, high: 9 }]]);

  it("is the group's committed offset unless the caller has one", async () => {
    const never = () => Promise.reject(new Error('nothing to look up'));
    expect(await checkStarts([AT, OTHER], new Map([['t/0', null]]), never)).toEqual([]);
  });

  it.each([2, 9])('may be anywhere in the log, its end included (%i)', async (offset) => {
    expect(await checkStarts([AT, OTHER], new Map([['t/0', offset]]), range)).toEqual([{ topicPartition: AT, offset }]);
  });

  it.each([
    ['t/0', 1, 'the log holds 2 to 9'],
    ['t/0', 10, 'the log holds 2 to 9'],
    ['t/1', 2, 'the topic has no such partition'],
  ])('must not be outside the log: %s at %i', async (key, offset, found) => {
    await expect(checkStarts([AT, OTHER], new Map([[key, offset]]), range)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: expect.stringContaining(found),
    });
  });
});

describe('the reading positions', () => {
  it('accept a batch that starts where the last one ended', () => {
    const positions = createPositions();
    expect(positions.judge(AT, 7)).toBeUndefined();
    positions.set(AT, 10);
    expect(positions.judge(AT, 10)).toBeUndefined();
  });

  it.each([
    ['a late answer from an earlier position', 4],
    ['one from a later position', 14],
  ])('let %s be read again from the right position, once', (_, fetchedFrom) => {
    const positions = createPositions();
    positions.set(AT, 10);
    positions.set(OTHER, 10);
    expect(positions.judge(AT, fetchedFrom)).toBe(10);
    expect(positions.judge(AT, fetchedFrom)).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    // each partition has its own
    expect(positions.judge(OTHER, fetchedFrom)).toBe(10);
  });

  it('report the position in partitions whose end is known', () => {
    const positions = createPositions();
    positions.noteEnds(AT, 12, 15);
    expect(positions.progress([AT, OTHER])).toEqual([{ ...AT, stableEnd: 12, end: 15, next: undefined }]);
    positions.set(AT, 10);
    expect(positions.progress([AT])).toEqual([{ ...AT, stableEnd: 12, end: 15, next: 10 }]);
    positions.clear();
    expect(positions.progress([AT])).toEqual([]);
  });

  it('allow another correction after progress', () => {
    const positions = createPositions();
    positions.set(AT, 10);
    expect(positions.judge(AT, 4)).toBe(10);
    expect(positions.judge(AT, 10)).toBeUndefined();
    positions.set(AT, 20);
    expect(positions.judge(AT, 10)).toBe(20);
  });
});
