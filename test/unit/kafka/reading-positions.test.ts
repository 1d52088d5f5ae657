import { createPositions } from '../../../shared/kafka/kafkajs/reading-positions';

const AT = { topic: 't', partition: 0 };
const OTHER = { topic: 't', partition: 1 };

describe('the reading positions', () => {
  it('have nothing against what goes on where the last batch ended', () => {
    const positions = createPositions();
    expect(positions.judge(AT, 7)).toBeUndefined();
    positions.set(AT, 10);
    expect(positions.judge(AT, 10)).toBeUndefined();
  });

  it.each([
    ['a late answer from before', 4],
    ['one from beyond', 14],
  ])('let %s be read again from where it should, once', (_, fetchedFrom) => {
    const positions = createPositions();
    positions.set(AT, 10);
    positions.set(OTHER, 10);
    expect(positions.judge(AT, fetchedFrom)).toBe(10);
    expect(positions.judge(AT, fetchedFrom)).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    // each partition has its own
    expect(positions.judge(OTHER, fetchedFrom)).toBe(10);
  });

  it('forgive again when reading has gone on', () => {
    const positions = createPositions();
    positions.set(AT, 10);
    expect(positions.judge(AT, 4)).toBe(10);
    expect(positions.judge(AT, 10)).toBeUndefined();
    positions.set(AT, 20);
    expect(positions.judge(AT, 10)).toBe(20);
  });
});
