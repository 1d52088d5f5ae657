/**
 * What a migration does on one engine: whole statements, in order. `down` undoes `up`.
 * PostgreSQL's names are unquoted, so they fold to lower case; Oracle's texts stand beside these, in files named for it.
 */
export type MigrationStatements = { readonly up: readonly string[]; readonly down: readonly string[] };
