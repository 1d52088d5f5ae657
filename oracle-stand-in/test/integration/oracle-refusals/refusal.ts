import type oracledb from 'oracledb';

/** A statement that Oracle 19c refuses: beginning of the error, the statement, its binds. */
export type Refusal = readonly [error: string, sql: string, binds?: oracledb.BindParameters];
