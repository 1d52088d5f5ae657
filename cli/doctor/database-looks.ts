import type { Account } from '../../shared/accounts/load-accounts';

export type ColumnOf = { readonly table: string; readonly column: string };

/** A missing table or view; with `column`, one that exists without that column. */
export type Missing = { readonly table: string; readonly column: string | null };

export type RoleRights = {
  readonly role: string;
  readonly there: boolean;
  /** number of accounts in the role; null when this account cannot see it */
  readonly logins: number | null;
  /** missing rights, in the form `SELECT on sm_send_t` */
  readonly missing: readonly string[];
  /** statements for the owner of the tables that grant the missing rights */
  readonly grants: readonly string[];
};

/** `rows`: waiting rows, counted up to 100,000; `first`: the lowest SEQ_ID. */
export type Head = { readonly rows: number; readonly first: string | null };

/**
 * The queries of the doctor. The checks judge their results and are the same for both engines. All
 * of them throw BridgeError DB_….
 */
export type DatabaseLooks = {
  /** server, database and account, for the user */
  readonly describe: () => Promise<string>;
  readonly clock: () => Promise<number>;
  /** Tells whether the account is meant to see the relation: a service sees only its tables. */
  readonly sees: (relation: string) => Promise<boolean>;
  readonly reads: (relation: string) => Promise<boolean>;
  /** Tells whether the account is the owner of the tables, or sees as much as the owner. */
  readonly seesAll: () => Promise<boolean>;
  /**
   * Returns statements for a DBA that let this account see relations it is meant to see; empty when
   * they cannot be derived.
   */
  readonly repairs: (relations: readonly string[]) => Promise<readonly string[]>;
  readonly findMissing: (relations: readonly string[], columns: readonly ColumnOf[]) => Promise<readonly Missing[]>;
  readonly accounts: () => Promise<readonly Account[]>;
  readonly rights: () => Promise<readonly RoleRights[]>;
  /** Counts new and scheduled messages that are more than a minute late, each up to 100,000. */
  readonly lateMessages: () => Promise<{ readonly waiting: number; readonly due: number }>;
  /**
   * Returns the codes of reports that no pattern of the exchange file matches, with their number of
   * messages in the live table: the ten most frequent, most frequent first.
   */
  readonly unknownCodes: () => Promise<readonly { readonly code: string; readonly messages: number }[]>;
  readonly headOf: (table: string, seqId: string) => Promise<Head>;
};
