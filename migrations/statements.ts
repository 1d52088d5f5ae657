/**
 * The statements of a migration on one engine, in order. `down` undoes `up`.
 * PostgreSQL's names are unquoted, so they fold to lower case. Oracle's texts are in the files next
 * to these, named for the engine.
 */
export type MigrationStatements = { readonly up: readonly string[]; readonly down: readonly string[] };
