import type { ServiceName } from './service-process';

/** Fast, leaves nothing out, and sends much twice, early or about unknown messages. */
export const RESTLESS_PROVINCE = {
  SIMULATOR_WORKERS: '3',
  SIMULATOR_ANSWER_WORKERS: '2',
  SIMULATOR_BATCH_SIZE: '200',
  SIMULATOR_POLL_MS: '2-20',
  SIMULATOR_SUBMIT_MS: '0-60',
  SIMULATOR_REPORT_MS: '0-150',
  SIMULATOR_LATE_MS: '50-500',
  SIMULATOR_REPLY_MS: '0-100',
  SIMULATOR_DUPLICATE_SUBMIT_RATIO: '0.1',
  SIMULATOR_DUPLICATE_REPORT_RATIO: '0.1',
  SIMULATOR_EARLY_REPORT_RATIO: '0.1',
  SIMULATOR_LATE_REPORT_RATIO: '0.05',
  SIMULATOR_UNKNOWN_REPORT_RATIO: '0.05',
  SIMULATOR_REPLY_RATIO: '0.1',
  SIMULATOR_KEEP_ANSWERS: 'true',
};

/**
 * The processes of one run: two relays, two collectors, one producer, and one archiver that
 * archives every second.
 */
export const RESTLESS_PROCESSES: readonly {
  readonly id: string;
  readonly service: ServiceName;
  readonly env: Record<string, string>;
}[] = [
  { id: 'relay-a', service: 'exchange-relay', env: {} },
  { id: 'relay-b', service: 'exchange-relay', env: {} },
  { id: 'collector-a', service: 'report-collector', env: { REPORT_WAIT_SECONDS: '10' } },
  { id: 'collector-b', service: 'report-collector', env: { REPORT_WAIT_SECONDS: '10' } },
  { id: 'producer-a', service: 'producer', env: {} },
  { id: 'archiver-a', service: 'archiver', env: { ARCHIVE_CRON: '* * * * * *', ARCHIVE_CHECK_SECONDS: '1' } },
];
