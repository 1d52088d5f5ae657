import { BridgeError } from '../errors';
import type { OutgoingRecord } from './ports';

/** One request holds at most so much: the broker takes 1 MB of one partition, and kafkajs' grouping by partition grows with the square. */
export const SEND_LIMITS = { records: 1_000, bytes: 524_288 } as const;

type Job = {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly done: (error?: unknown) => void;
};

const RECORD_OVERHEAD = 100;

/** About what a record takes in a request. */
export const bytesOf = ({ key, value, headers }: OutgoingRecord): number => {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
};

/** Consecutive pieces that each fit in one request (a record that is too large by itself stands alone). */
const toPieces = (records: readonly OutgoingRecord[]): { records: OutgoingRecord[]; bytes: number }[] => {
  const pieces: { records: OutgoingRecord[]; bytes: number }[] = [];
  let piece: { records: OutgoingRecord[]; bytes: number } | undefined;
  for (const record of records) {
    const bytes = bytesOf(record);
    if (!piece || piece.records.length >= SEND_LIMITS.records || piece.bytes + bytes > SEND_LIMITS.bytes) {
      piece = { records: [], bytes: 0 };
      pieces.push(piece);
    }
    piece.records.push(record);
    piece.bytes += bytes;
  }
  return pieces;
};

/**
 * Puts what several callers publish into few requests, one at a time and in order. A caller is told of its own records only: when a request is
 * refused for good, its callers' records are sent again apart.
 */
export const createSendQueue = (send: (records: readonly OutgoingRecord[]) => Promise<void>) => {
  let waiting: Job[] = [];
  let working: Promise<void> | undefined;

  const takeJobs = (): readonly Job[] => {
    let records = 0;
    let bytes = 0;
    let count = 0;
    for (const job of waiting) {
      records += job.records.length;
      bytes += job.bytes;
      if (count > 0 && (records > SEND_LIMITS.records || bytes > SEND_LIMITS.bytes)) break;
      count += 1;
    }
    const jobs = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return jobs;
  };

  const sendJobs = async (jobs: readonly Job[]): Promise<void> => {
    try {
      await send(jobs.length === 1 ? jobs[0]!.records : jobs.flatMap((job) => job.records));
    } catch (error) {
      if (jobs.length > 1 && error instanceof BridgeError && !error.retryable) {
        for (const job of jobs) await sendJobs([job]);
        return;
      }
      for (const job of jobs) job.done(error ?? new Error('not sent'));
      return;
    }
    for (const job of jobs) job.done();
  };

  const work = async (): Promise<void> => {
    // callers that publish in this turn of the event loop go together
    await Promise.resolve();
    while (waiting.length > 0) await sendJobs(takeJobs());
    working = undefined;
  };

  const enqueue = (piece: { records: OutgoingRecord[]; bytes: number }): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ ...piece, done: (error) => (error === undefined ? resolve() : reject(error)) });
      working ??= work();
    });

  return {
    /** Resolves when all records are acknowledged; rejects, when the last of them is settled, with the first error. */
    publish: async (records: readonly OutgoingRecord[]): Promise<void> => {
      const outcomes = await Promise.allSettled(toPieces(records).map(enqueue));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    /** Resolves when nothing waits and nothing is under way. */
    drain: async (): Promise<void> => {
      while (working !== undefined) await working;
    },
  };
};
