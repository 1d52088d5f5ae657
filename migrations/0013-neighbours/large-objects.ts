import type { MigrationStatements } from '../statements';

const CREATORS = 'pg_catalog.lo_creat(int), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea)';

/**
 * Only a superuser can change these rights. Another account gets a warning, or this error, and the
 * administrator of the server does it: docs/operate/deploy.md.
 */
const ifAllowed = (statement: string): string => `DO $$ BEGIN
  ${statement};
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
END $$`;

/**
 * Takes the right to make large objects, with which any account could fill the disk. The bridge has
 * none, and Oracle has no such objects.
 */
export const refuseLargeObjects = {
  pg: (): MigrationStatements => ({
    up: [ifAllowed(`REVOKE EXECUTE ON FUNCTION ${CREATORS} FROM PUBLIC`)],
    down: [ifAllowed(`GRANT EXECUTE ON FUNCTION ${CREATORS} TO PUBLIC`)],
  }),
};
