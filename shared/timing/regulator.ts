type Regulated<Partitions> = {
  readonly assigned: () => Partitions;
  readonly pause: (partitions: Partitions) => void;
  readonly resume: (partitions: Partitions) => void;
};

/**
 * Bounds what a reader holds in memory: pauses the source while the reader is full, and resumes it
 * when there is room again.
 * @param isFull true from the high mark on
 * @param hasRoom true up to the low mark
 */
export const createRegulator = <Partitions>(isFull: () => boolean, hasRoom: () => boolean) => {
  let source: Regulated<Partitions> | undefined;
  let paused = false;
  return {
    /** Takes the source of a new assignment. None of its partitions is paused. */
    begin: (from: Regulated<Partitions>): void => {
      source = from;
      paused = false;
    },
    /** To be called whenever the reader holds more or less than before. */
    regulate: (): void => {
      if (!paused && isFull()) {
        paused = true;
        source?.pause(source.assigned());
      } else if (paused && hasRoom()) {
        paused = false;
        source?.resume(source.assigned());
      }
    },
  };
};
