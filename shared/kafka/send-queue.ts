import { BridgeError, isUnsent, toldAs } from '../errors';
import type { OutgoingRecord } from './ports';

/**
 * Limits of one request: a broker accepts 1 MB per partition, and kafkajs's grouping by partition
 * takes quadratic time.
 */
export const SEND_LIMITS = { records: 1_000, bytes: 524_288 } as const;

type Job = {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly done: (error?: unknown) => void;
};

const RECORD_OVERHEAD = 100;

type HeaderValue = NonNullable<OutgoingRecord['headers']>[string];

/** Estimates the bytes that a header takes. */
export const headerBytes = (name: string, value: HeaderValue): number =>
  Array.isArray(value)
    ? value.reduce((sum: number, one: Buffer) => sum + name.length + one.length, 0)
    : name.length + value.length;

/** Estimates the bytes that a record takes in a request. */
export const bytesOf = ({ key, value, headers }: OutgoingRecord): number => {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) bytes += headerBytes(name, headers[name] ?? '');
  return bytes;
};

/**
 * Splits records into consecutive pieces that each fit into one request. A record that is too large
 * forms a piece of its own.
 */
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
 * Creates a queue that combines the records of several callers into few requests, one at a time and
 * in order. A caller learns only about its own records: when a request with several callers is
 * refused for good, each caller's records are sent again separately.
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

  /** @param again the records were part of a request before, which may have stored them */
  const sendJobs = async (jobs: readonly Job[], again = false): Promise<void> => {
    try {
      await send(jobs.length === 1 ? jobs[0]!.records : jobs.flatMap((job) => job.records));
    } catch (error) {
      if (jobs.length > 1 && error instanceof BridgeError && !error.retryable) {
        for (const job of jobs) await sendJobs([job], true);
        return;
      }
      const told = again && isUnsent(error) ? toldAs(error as BridgeError, 'unknown') : error;
      for (const job of jobs) job.done(told ?? new Error('not sent'));
      return;
    }
    for (const job of jobs) job.done();
  };

  const work = async (): Promise<void> => {
    // Lets callers that publish in the same turn of the event loop share a request.
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
    /**
     * Resolves when all records are acknowledged. Otherwise rejects with the first error, once
     * every piece is settled.
     */
    publish: async (records: readonly OutgoingRecord[]): Promise<void> => {
      const outcomes = await Promise.allSettled(toPieces(records).map(enqueue));
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      const [first] = failures;
      if (first === undefined) return;
      const noneSent = failures.length === outcomes.length && failures.every(isUnsent);
      throw first instanceof BridgeError && isUnsent(first) && !noneSent ? toldAs(first, 'unknown') : first;
    },
    /** Resolves when nothing is queued or in flight. */
    drain: async (): Promise<void> => {
      while (working !== undefined) await working;
    },
  };
};
