import { OracleError } from '../sql/oracle-error';
import type { ObjectChange } from '../sql/translate-object';
import { apply, relation } from './ddl-steps';
import type { ServerWorld } from './server-world';

const GRANTS = `SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, c.oid::regclass, a.grantee::regrole,
         CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS text
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = to_regclass($1) AND a.grantee <> c.relowner AND a.grantee <> 0`;

/**
 * Runs CREATE OR REPLACE VIEW. PostgreSQL cannot replace a view whose columns change, so such a
 * view is dropped and created with the same grants.
 * @throws OracleError 3001 when another view uses this one: Oracle would leave that view invalid
 */
export const replaceView = async (
  world: ServerWorld,
  { owner, name }: Pick<ObjectChange, 'owner' | 'name'>,
  statements: readonly string[],
  schema: string,
): Promise<void> => {
  try {
    await apply(world, statements, schema, 'CREATE', 'VIEW');
  } catch (error) {
    // 42P16, which is translated to ORA-02260.
    if (!(error instanceof OracleError) || error.number !== 2260) throw error;
    const view = relation(owner, name);
    const { rows } = await world.admin.query(GRANTS, [view]);
    await apply(
      world,
      [`DROP VIEW ${view}`, ...statements, ...rows.map(({ text }) => String(text))],
      schema,
      'CREATE',
      'VIEW',
    ).catch((failed: unknown) => {
      throw failed instanceof OracleError && failed.number === 2449
        ? new OracleError(
            3001,
            'unimplemented feature (of the stand-in, not of Oracle): replacing a view that another view uses',
          )
        : failed;
    });
  }
};
