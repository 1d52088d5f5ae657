import { toAllGrants } from '../../migrations/all-grants';
import { loadAccounts } from '../../shared/accounts/load-accounts';
import type { Database } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { DatabaseLooks, Head, Missing, RoleRights } from './database-looks';
import { toMissingGrants, toRights } from './to-rights';

const MISSING = `
SELECT t.name AS table, NULL AS column FROM unnest($1::text[]) AS t (name) WHERE to_regclass(t.name) IS NULL
UNION ALL
SELECT c.name, c.col FROM unnest($2::text[], $3::text[]) AS c (name, col)
 WHERE NOT EXISTS (SELECT 1 FROM pg_attribute a
                    WHERE a.attrelid = to_regclass(c.name) AND a.attname = lower(c.col) AND NOT a.attisdropped)`;

/**
 * Checks the rights of the group roles. The rights of the session would tell nothing, because it
 * may be a superuser's.
 */
const RIGHTS = `
SELECT w.role, bool_and(r.oid IS NOT NULL) AS there,
       (SELECT count(*) FROM pg_auth_members m WHERE m.roleid = max(r.oid::bigint)::oid)::int AS logins,
       coalesce(array_agg(w.privilege || ' on ' || w.relation || coalesce('.' || w.col, '')) FILTER (WHERE NOT (
         CASE WHEN r.oid IS NULL OR to_regclass(w.relation) IS NULL THEN false
              WHEN w.col IS NULL THEN has_table_privilege(r.oid, to_regclass(w.relation), w.privilege)
              WHEN NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(w.relation) AND a.attname = lower(w.col)) THEN false
              ELSE has_column_privilege(r.oid, to_regclass(w.relation), lower(w.col), w.privilege) END)), '{}') AS missing
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w (role, relation, privilege, col)
  LEFT JOIN pg_roles r ON r.rolname = w.role
 GROUP BY w.role ORDER BY w.role`;

const LATE = `interval '1 minute'`;
const LATE_MESSAGES = `
SELECT (SELECT count(*) FROM (SELECT 1 FROM sm_send_t WHERE status = 'NEW' AND created_at < now() - ${LATE} LIMIT 100000) AS n)::int AS waiting,
       (SELECT count(*) FROM (SELECT 1 FROM sm_send_t WHERE status = 'SCHEDULED' AND scheduled_at < now() - ${LATE} LIMIT 100000) AS s)::int AS due`;

/**
 * Only the owner can read knex' list of migrations. In a database without that list, nothing is
 * hidden from any role.
 */
const SEES_ALL = `SELECT to_regclass('knex_migrations') IS NULL OR has_table_privilege(to_regclass('knex_migrations'), 'SELECT') AS yes`;
const READS = `SELECT coalesce(has_any_column_privilege(to_regclass($1), 'SELECT'), false) AS yes`;

export const lookIntoPostgres = (db: Database, mapping: ExchangeMapping): DatabaseLooks => ({
  describe: async () => {
    const { rows } = await db.query<{ version: string; account: string; name: string }>(
      `SELECT current_setting('server_version') AS version, current_user AS account, current_database() AS name`,
    );
    const { version, account, name } = rows[0] ?? { version: '?', account: '?', name: '?' };
    return `PostgreSQL ${version}, database ${name} as ${account}`;
  },
  clock: async () => {
    const { rows } = await db.query<{ at: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    );
    return rows[0]?.at ?? Number.NaN;
  },
  // Every account can read PostgreSQL's catalogue.
  sees: async () => true,
  reads: async (relation) => (await db.query<{ yes: boolean }>(READS, [relation])).rows[0]?.yes === true,
  seesAll: async () => (await db.query<{ yes: boolean }>(SEES_ALL)).rows[0]?.yes === true,
  repairs: async () => [],
  findMissing: async (relations, columns) => {
    const { rows } = await db.query<Missing>(MISSING, [
      relations,
      columns.map(({ table }) => table),
      columns.map(({ column }) => column),
    ]);
    return rows;
  },
  accounts: () => loadAccounts(db, false),
  rights: async () => {
    const rights = Object.entries(toAllGrants(mapping)).flatMap(([role, grants]) =>
      Object.entries(grants).flatMap(([relation, grant]) => toRights(role, relation, grant)),
    );
    const { rows } = await db.query<Omit<RoleRights, 'grants'>>(RIGHTS, [
      rights.map(({ role }) => role),
      rights.map(({ relation }) => relation),
      rights.map(({ privilege }) => privilege),
      rights.map(({ column }) => column),
    ]);
    return rows.map((row) => ({
      ...row,
      grants: toMissingGrants(row.role, row.missing, Object.entries(toAllGrants(mapping)[row.role] ?? {})),
    }));
  },
  lateMessages: async () => {
    const { rows } = await db.query<{ waiting: number; due: number }>(LATE_MESSAGES);
    return rows[0] ?? { waiting: 0, due: 0 };
  },
  unknownCodes: async () => {
    const { rows } = await db.query<{ code: string; messages: number }>(
      `SELECT gateway_code AS code, count(*)::int AS messages FROM sm_send_t WHERE reason = 'REPORT_CODE_UNKNOWN'
        GROUP BY gateway_code ORDER BY messages DESC, code LIMIT 10`,
    );
    return rows;
  },
  headOf: async (table, seqId) => {
    const { rows } = await db.query<Head>(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT 100000) AS n)::int AS rows, (SELECT min(${seqId})::text FROM ${table}) AS first`,
    );
    return rows[0] ?? { rows: 0, first: null };
  },
});
