import type { RunCounts } from '../core/run-counts';

/** The columns of ARCHIVE_RUN that count. */
export const COLUMNS = {
  deadlineUnknown: 'deadline_unknown',
  deadlineExpired: 'deadline_expired',
  sendArchived: 'send_archived',
  acksApplied: 'acks_applied',
  acksDropped: 'acks_dropped',
  receiveProcessed: 'receive_processed',
  receiveOfferedAgain: 'receive_offered_again',
  receiveUnprocessed: 'receive_unprocessed',
  purgedSend: 'purged_send',
  purgedReceive: 'purged_receive',
  purgedTaken: 'purged_taken',
} as const satisfies Record<keyof RunCounts, string>;

/** In the order of the columns. */
export const NAMES = Object.keys(COLUMNS) as readonly (keyof RunCounts)[];

export type CountRow = Readonly<Record<(typeof COLUMNS)[keyof RunCounts], number | string>>;

export const toCounts = (row: CountRow): RunCounts =>
  Object.fromEntries(NAMES.map((name) => [name, Number(row[COLUMNS[name]])])) as RunCounts;
