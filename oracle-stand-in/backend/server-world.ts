import type { Client, Pool } from 'pg';
import type { TranslationContext } from '../sql/context';
import type { Accounts } from './accounts';
import type { ColumnCatalog } from './describe-columns';
import type { ServerCharacters } from './server-characters';

/** What a handler of a PL/SQL text gets. */
export type BlockCall = {
  /** bound values by name */
  readonly binds: ReadonlyMap<string, BlockValue>;
  /** an Oracle statement in the caller's session and transaction; returns its rows and count */
  readonly oracle: (sql: string, values?: readonly BlockValue[]) => Promise<BlockResult>;
  /** PostgreSQL's own SQL in the caller's session and transaction */
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

/** Does what an anonymous block means. */
export type BlockHandler = (call: BlockCall) => Promise<BlockOutput>;

/** What all sessions of one server share. */
export type ServerWorld = {
  /** for DDL */
  readonly admin: Client;
  /** for looking things up, whatever goes on in the other */
  readonly reader: Pool;
  readonly url: string;
  readonly service: string;
  readonly edition: 'EE' | 'SE2';
  readonly characters: ServerCharacters;
  readonly accounts: Accounts;
  /** GRANT CONNECT THROUGH, which is an option of this server */
  readonly mayProxy: (proxy: string, target: string) => boolean;
  /** whose password only has the verifier of old servers, which is an option of this server too */
  readonly has10G: (username: string) => boolean;
  readonly columns: ColumnCatalog;
  /** handlers by `toNormalText` of the PL/SQL text */
  readonly blocks: ReadonlyMap<string, BlockHandler>;
  /** Synonyms and tablespaces as they are now. */
  readonly dictionary: () => Promise<Pick<TranslationContext, 'synonyms' | 'tablespaces'>>;
  /** DDL of all sessions, one after another. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  /** DDL happened: forget what was read before. */
  readonly changed: () => void;
};
