import type { Account } from '../../shared/accounts/load-accounts';

export type ColumnOf = { readonly table: string; readonly column: string };

/** A table or view that is not there, or (with a column) is there without it. */
export type Missing = { readonly table: string; readonly column: string | null };

export type RoleRights = {
  readonly role: string;
  readonly there: boolean;
  /** null: this account cannot see them */
  readonly logins: number | null;
  /** `SELECT on sm_send_t` */
  readonly missing: readonly string[];
  /** what gives it, for the owner of the tables */
  readonly grants: readonly string[];
};

/** What the province's oldest row is. */
export type Head = { readonly rows: number; readonly first: string | null };

/** What the doctor reads; the checks judge it, and are the same for both engines. All throw BridgeError DB_… */
export type DatabaseLooks = {
  /** server, database and account, for people */
  readonly describe: () => Promise<string>;
  readonly clock: () => Promise<number>;
  /** False for what the account was never meant to see: a service's account sees its own tables. */
  readonly sees: (relation: string) => Promise<boolean>;
  readonly reads: (relation: string) => Promise<boolean>;
  /** The tables' owner, or whoever sees all of it. */
  readonly seesAll: () => Promise<boolean>;
  /** What a DBA runs so that this account sees relations that it is meant to see; empty when that cannot be told. */
  readonly repairs: (relations: readonly string[]) => Promise<readonly string[]>;
  readonly findMissing: (relations: readonly string[], columns: readonly ColumnOf[]) => Promise<readonly Missing[]>;
  readonly accounts: () => Promise<readonly Account[]>;
  readonly rights: () => Promise<readonly RoleRights[]>;
  /** Inserted messages and scheduled ones that are more than a minute late; counted up to 100,000. */
  readonly lateMessages: () => Promise<{ readonly waiting: number; readonly due: number }>;
  /** Codes of reports that no pattern of the exchange file knows, with the messages of the day that they came for: the most frequent first, a few. */
  readonly unknownCodes: () => Promise<readonly { readonly code: string; readonly messages: number }[]>;
  readonly headOf: (table: string, seqId: string) => Promise<Head>;
};
