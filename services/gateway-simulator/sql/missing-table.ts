import { BridgeError } from '../../../shared/errors';

/** The simulator's own tables. `answerLog` is set only if the given rows are kept. */
export type OwnTables = { readonly journal: string; readonly answers: string; readonly answerLog: string | undefined };

/** Tables with the statements that create them. */
export type Definitions = readonly (readonly [string, readonly string[]])[];

/** The account may not create tables, or the schema does not exist. */
const CANNOT_CREATE: ReadonlySet<string> = new Set(['DB_DENIED', 'DB_SCHEMA']);

/** Returns the error of a table that cannot be created; any other error unchanged. */
export const missingTable = (name: string, statements: readonly string[], error: unknown): unknown =>
  error instanceof BridgeError && CANNOT_CREATE.has(error.code)
    ? new BridgeError(
        'SIMULATOR_TABLE_MISSING',
        `table ${name} does not exist, and this account cannot create it (${error.message}). Give the account a schema of its own ` +
          `and the right to make tables in it, or let the owner of the schema run: ${statements.join('; ')}`,
      )
    : error;
