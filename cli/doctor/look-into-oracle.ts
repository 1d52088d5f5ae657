import { loadAccounts } from '../../shared/accounts/load-accounts';
import type { Database } from '../../shared/database/database';
import { inList, padded } from '../../shared/database/oracle/oracle-lists';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import type { ColumnOf, DatabaseLooks, Missing } from './database-looks';
import { readRepairs } from './oracle-repairs';
import { readRoleRights } from './oracle-rights';
import { readStanding, type Standing } from './oracle-standing';

const SELF = `SELECT SYS_CONTEXT('USERENV', 'SESSION_USER') AS ACCOUNT, SYS_CONTEXT('USERENV', 'SERVICE_NAME') AS SERVICE FROM DUAL`;
const VERSION = `SELECT VERSION FROM PRODUCT_COMPONENT_VERSION WHERE PRODUCT LIKE 'Oracle%'`;

type SynonymRow = {
  readonly owner: string;
  readonly synonym_name: string;
  readonly table_owner: string;
  readonly table_name: string;
};

type ColumnRow = { readonly owner: string; readonly table_name: string; readonly column_name: string };

/**
 * Finds the relations and columns that a session of this account cannot use. An unqualified name
 * means a table of the account, else a private synonym, else a public synonym. `seen.columns` are
 * the columns on which the account has any right. Pure.
 */
export const findMissingRelations = (
  account: string,
  { relations, columns }: { readonly relations: readonly string[]; readonly columns: readonly ColumnOf[] },
  seen: { readonly synonyms: readonly SynonymRow[]; readonly columns: readonly ColumnRow[] },
): readonly Missing[] => {
  const known = new Map<string, Set<string>>();
  for (const { owner, table_name, column_name } of seen.columns) {
    const table = `${owner}.${table_name}`;
    known.set(table, (known.get(table) ?? new Set()).add(column_name));
  }
  const columnsOf = (relation: string): ReadonlySet<string> | undefined => {
    const name = relation.toUpperCase();
    if (name.includes('.')) return known.get(name);
    const own = known.get(`${account}.${name}`);
    if (own !== undefined) return own;
    const synonym =
      seen.synonyms.find(({ owner, synonym_name }) => owner === account && synonym_name === name) ??
      seen.synonyms.find(({ synonym_name }) => synonym_name === name);
    return synonym && known.get(`${synonym.table_owner}.${synonym.table_name}`);
  };
  return [
    ...relations.filter((table) => columnsOf(table) === undefined).map((table) => ({ table, column: null })),
    ...columns.filter(({ table, column }) => !columnsOf(table)?.has(column.toUpperCase())),
  ];
};

/** Loads what `findMissingRelations` compares: synonyms, and the columns of their targets too. */
const loadSeen = async (
  { execute }: Database['oracle'],
  names: readonly string[],
): Promise<{ readonly synonyms: readonly SynonymRow[]; readonly columns: readonly ColumnRow[] }> => {
  const asked = padded([...new Set(names)].map((name) => name.toUpperCase().replace(/^.*\./, '')));
  const synonyms = await execute<SynonymRow>(
    `SELECT OWNER, SYNONYM_NAME, TABLE_OWNER, TABLE_NAME FROM ALL_SYNONYMS
          WHERE OWNER IN (SYS_CONTEXT('USERENV', 'SESSION_USER'), 'PUBLIC') AND ${inList('SYNONYM_NAME', asked.length)}`,
    asked,
  );
  const targets = padded([...new Set([...asked, ...synonyms.rows.map(({ table_name }) => table_name)])] as string[]);
  const there = await execute<ColumnRow>(
    `SELECT OWNER, TABLE_NAME, COLUMN_NAME FROM ALL_TAB_COLUMNS WHERE ${inList('TABLE_NAME', targets.length)}`,
    targets,
  );
  return { synonyms: synonyms.rows, columns: there.rows };
};

/** Counting stops here. */
const MANY = 100_000;
const LATE = `SYS_EXTRACT_UTC(SYSTIMESTAMP) - NUMTODSINTERVAL(60, 'SECOND')`;
const countLate = (status: string, column: string): string =>
  `SELECT COUNT(*) AS N FROM SM_SEND_T WHERE CASE WHEN STATUS = '${status}' THEN ${column} END < ${LATE} AND ROWNUM <= ${MANY}`;

/** Returns the doctor's queries on Oracle. The standing of the account is loaded once. */
export const lookIntoOracle = (db: Database, mapping: ExchangeMapping): DatabaseLooks => {
  const { execute } = db.oracle;
  let known: Promise<Standing> | undefined;
  const standing = (): Promise<Standing> => {
    known ??= readStanding(db, mapping);
    return known;
  };
  const count = async (statement: string): Promise<number> =>
    Number((await execute<{ n: string }>(statement)).rows[0]?.n ?? 0);
  return {
    describe: async () => {
      const [self] = (await execute<{ account: string; service: string | null }>(SELF)).rows;
      const [version] = (await execute<{ version: string }>(VERSION)).rows;
      return `Oracle ${version?.version ?? '?'}, service ${self?.service ?? '?'} as ${self?.account ?? '?'}`;
    },
    clock: async () => {
      const { rows } = await execute<{ now_utc: Date }>('SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) AS NOW_UTC FROM DUAL');
      return rows[0]?.now_utc.getTime() ?? Number.NaN;
    },
    sees: async (relation) => {
      const { owner, relations } = await standing();
      return owner || relations.has(relation.toUpperCase());
    },
    reads: async (relation) => {
      const { owner, readable } = await standing();
      return owner || readable.has(relation.toUpperCase());
    },
    seesAll: async () => (await standing()).owner,
    repairs: async (relations) => {
      const { account, roles } = await standing();
      const missing = relations.map((relation) => relation.toUpperCase());
      return readRepairs(db, account, missing, { roles, mapping });
    },
    findMissing: async (relations, columns) => {
      const { account } = await standing();
      const seen = await loadSeen(db.oracle, [...relations, ...columns.map(({ table }) => table)]);
      return findMissingRelations(account, { relations, columns }, seen);
    },
    accounts: async () => {
      const { owner, relations } = await standing();
      return loadAccounts(db, !owner && relations.has('LOGIN_USER'));
    },
    rights: async () => readRoleRights(db, mapping, await standing()),
    lateMessages: async () => ({
      waiting: await count(countLate('NEW', 'CREATED_AT')),
      due: await count(countLate('SCHEDULED', 'SCHEDULED_AT')),
    }),
    unknownCodes: async () => {
      const { rows } = await execute<{ code: string; messages: number | string }>(
        `SELECT GATEWAY_CODE AS CODE, COUNT(*) AS MESSAGES FROM SM_SEND_T WHERE REASON = 'REPORT_CODE_UNKNOWN' GROUP BY GATEWAY_CODE ORDER BY MESSAGES DESC, CODE`,
      );
      return rows.slice(0, 10).map(({ code, messages }) => ({ code, messages: Number(messages) }));
    },
    headOf: async (table, seqId) => {
      const { rows } = await execute<{ n: string; first_one: string | null }>(
        `SELECT (SELECT COUNT(*) FROM ${table} WHERE ROWNUM <= ${MANY}) AS N, (SELECT MIN(${seqId}) FROM ${table}) AS FIRST_ONE FROM DUAL`,
      );
      const [row] = rows;
      return { rows: Number(row?.n ?? 0), first: row?.first_one ?? null };
    },
  };
};
