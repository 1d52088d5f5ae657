/** Jobs of several owners, who take turns: one with many jobs does not hold up the others. */
export type Turns<Job> = {
  readonly add: (owner: string, job: Job) => void;
  /** Returns false if the job was taken already. */
  readonly remove: (owner: string, job: Job) => boolean;
  /** Takes the oldest job of the owner whose last turn is longest ago. */
  readonly take: () => Job | undefined;
};

export const createTurns = <Job>(): Turns<Job> => {
  /** in the order of the next turns */
  const waiting = new Map<string, Set<Job>>();
  return {
    add: (owner, job) => {
      const jobs = waiting.get(owner);
      if (jobs === undefined) waiting.set(owner, new Set([job]));
      else jobs.add(job);
    },
    remove: (owner, job) => {
      const jobs = waiting.get(owner);
      const removed = jobs?.delete(job) ?? false;
      if (jobs?.size === 0) waiting.delete(owner);
      return removed;
    },
    take: () => {
      for (const [owner, jobs] of waiting) {
        waiting.delete(owner);
        for (const job of jobs) {
          jobs.delete(job);
          if (jobs.size > 0) waiting.set(owner, jobs);
          return job;
        }
      }
      return undefined;
    },
  };
};
