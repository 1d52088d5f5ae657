import type { Client, Pool } from 'pg';
import type { TranslationContext } from '../sql/context';
import type { Accounts } from './accounts';
import type { ColumnCatalog } from './describe-columns';
import type { ServerCharacters } from './server-characters';

/** Arguments of a handler of a PL/SQL text. */
export type BlockCall = {
  /** Bound values by name. */
  readonly binds: ReadonlyMap<string, BlockValue>;
  /** Runs an Oracle statement in the caller's transaction, and returns its rows and count. */
  readonly oracle: (sql: string, values?: readonly BlockValue[]) => Promise<BlockResult>;
  /** Runs PostgreSQL's own SQL in the caller's session and transaction. */
  readonly postgres: (sql: string, values?: readonly BlockValue[]) => Promise<BlockResult>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
};

export type BlockValue = string | Buffer | null | readonly (string | Buffer | null)[];
export type BlockResult = { readonly rows: readonly (readonly (string | Buffer | null)[])[]; readonly count: number };

/** A result set for a REF CURSOR bind: an Oracle query and its values. */
export type OpenedCursor = { readonly cursor: string; readonly values: readonly BlockValue[] };

/** OUT values by bind name. */
export type BlockOutput = Readonly<Record<string, BlockValue | OpenedCursor>>;

/** Executes an anonymous block. */
export type BlockHandler = (call: BlockCall) => Promise<BlockOutput>;

/** State that all sessions of one server share. */
export type ServerWorld = {
  /** For DDL. */
  readonly admin: Client;
  /** For look-ups, independent of the other connection. */
  readonly reader: Pool;
  readonly url: string;
  readonly service: string;
  readonly edition: 'EE' | 'SE2';
  readonly characters: ServerCharacters;
  readonly accounts: Accounts;
  /** GRANT CONNECT THROUGH, as set in the options of this server. */
  readonly mayProxy: (proxy: string, target: string) => boolean;
  /** Accounts whose password has only the verifier of 10g, as set in the options of this server. */
  readonly has10G: (username: string) => boolean;
  readonly columns: ColumnCatalog;
  /** Handlers by `toNormalText` of the PL/SQL text. */
  readonly blocks: ReadonlyMap<string, BlockHandler>;
  /** Returns the present synonyms and tablespaces. */
  readonly dictionary: () => Promise<Pick<TranslationContext, 'synonyms' | 'tablespaces'>>;
  /** Runs the DDL of all sessions one at a time. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** Forgets what was read before DDL. */
  readonly changed: () => void;
};
