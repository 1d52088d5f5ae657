/**
 * Nine tablespaces: what grows, is backed up and is read differently lies apart. LOGIN_USER's index lies beside its table, and so do the small tables
 * that fit nowhere else (positions, members, runs): a tablespace for a few blocks helps nobody.
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

/** How migrations differ from site to site. PostgreSQL has none of it. */
export type MigrationOptions = {
  /** Oracle: whether tables and indexes name their tablespaces, or go where their owner's go */
  readonly tablespaces: boolean;
  /** Oracle: whether the two histories are in partitions of a month, which is a licence of its own; default: plain tables */
  readonly logPartitions?: boolean;
};

/** The clause of a table or an index. */
export const placeIn =
  ({ tablespaces }: MigrationOptions) =>
  (space: Tablespace): string =>
    tablespaces ? ` TABLESPACE ${TABLESPACES[space]}` : '';
