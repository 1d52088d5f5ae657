import type oracledb from 'oracledb';

/** What Oracle 19c says of a statement: the beginning of its error, the statement, and what is bound. */
export type Refusal = readonly [error: string, sql: string, binds?: oracledb.BindParameters];
