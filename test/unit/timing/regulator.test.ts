import { createRegulator } from '../../../shared/timing/regulator';

const PARTITIONS = [{ topic: 'sms.send', partition: 0 }];

const regulated = () => {
  const calls: string[] = [];
  let held = 0;
  const source = {
    assigned: () => PARTITIONS,
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
  };
  const { begin, regulate } = createRegulator(
    () => held >= 10,
    () => held <= 5,
  );
  const hold = (records: number): void => {
    held = records;
    regulate();
  };
  return { calls, begin: () => begin(source), hold };
};

describe('createRegulator', () => {
  it('pauses at the high mark and resumes at the low mark, once each', () => {
    const { calls, begin, hold } = regulated();
    begin();
    for (const records of [9, 10, 11, 6, 5, 4]) hold(records);
    expect(calls).toEqual(['pause', 'resume']);
  });

  it('pauses again after a new assignment, which begins unpaused', () => {
    const { calls, begin, hold } = regulated();
    begin();
    hold(10);
    begin();
    hold(10);
    expect(calls).toEqual(['pause', 'pause']);
  });

  it('does nothing before the first assignment', () => {
    const { calls, hold } = regulated();
    hold(10);
    expect(calls).toEqual([]);
  });
});
