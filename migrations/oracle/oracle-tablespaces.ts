/**
 * Nine tablespaces: data that grows, is backed up or is read differently is kept apart. The index
 * of LOGIN_USER is in the same tablespace as its table, and so are the small tables for offsets,
 * members and runs: a tablespace for a few blocks has no benefit.
 */
export const TABLESPACES = {
  exchange: 'SMS_EXCHANGE',
  exchangeIndex: 'SMS_EXCHANGE_IDX',
  send: 'SMS_SEND_T',
  sendLog: 'SMS_SEND_T_LOG',
  receive: 'SMS_RECEIVE_T',
  receiveLog: 'SMS_RECEIVE_T_LOG',
  account: 'SMS_LOGIN_USER',
  dayIndex: 'SMS_DAY_IDX',
  historyIndex: 'SMS_HISTORY_IDX',
} as const;

export type Tablespace = keyof typeof TABLESPACES;

/** Options that differ from site to site, on Oracle only. */
export type MigrationOptions = {
  /** tables and indexes name their tablespaces; otherwise the owner's default is used */
  readonly tablespaces: boolean;
  /** the histories are partitioned by month (a separate licence); default: plain tables */
  readonly logPartitions?: boolean;
};

/** Returns a function that makes the TABLESPACE clause of a table or an index. Pure. */
export const placeIn =
  ({ tablespaces }: MigrationOptions) =>
  (space: Tablespace): string =>
    tablespaces ? ` TABLESPACE ${TABLESPACES[space]}` : '';
