import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { SourceName } from '../collect-batch';
import type { LookAtSources } from './shared-peek';

/** Rows in each table, counted up to a limit. */
export type Backlog = Readonly<Record<SourceName, number>>;

export type LookAtTables = {
  readonly measure: () => Promise<Backlog>;
  readonly look: LookAtSources;
};

const namesOf = (firsts: Readonly<Record<SourceName, string>>): readonly SourceName[] =>
  Object.keys(firsts) as SourceName[];

/** A larger backlog is reported as this number. */
const COUNTED = 100_000;

const lookOnPostgres = (
  { query }: Database,
  { tables, columns: { resp, report, recv } }: ExchangeMapping,
): LookAtTables => {
  const from = { ...tables, wait: 'sm_report_wait' };
  // In the order of the key: from the other end the scan would pass all rows that were deleted
  // since the last vacuum. EXISTS would ignore the order.
  const first = (table: string, seqId: string): string => `SELECT 1 FROM ${table} ORDER BY ${seqId} LIMIT 1`;
  const firsts: Readonly<Record<SourceName, string>> = {
    resp: first(tables.resp, resp.seqId),
    report: first(tables.report, report.seqId),
    recv: first(tables.recv, recv.seqId),
    wait: 'SELECT 1 FROM sm_report_wait WHERE next_try_at <= to_timestamp($1::float8 / 1000) LIMIT 1',
  };
  const sources = namesOf(firsts);
  const counts = sources.map(
    (source) => `(SELECT count(*)::int FROM (SELECT 1 FROM ${from[source]} LIMIT ${COUNTED}) AS c) AS ${source}`,
  );
  const peeks = sources.map((source) => `(${firsts[source]}) IS NOT NULL AS ${source}`);
  return {
    measure: async () => {
      const { rows } = await query<Backlog>(`SELECT ${counts.join(', ')}`);
      return rows[0] as Backlog;
    },
    look: async (now) => {
      const { rows } = await query<Readonly<Record<SourceName, boolean>>>(`SELECT ${peeks.join(', ')}`, [now]);
      return new Set(sources.filter((source) => rows[0]?.[source]));
    },
  };
};

const lookOnOracle = (
  { oracle }: Database,
  { tables, columns: { resp, report, recv } }: ExchangeMapping,
): LookAtTables => {
  const from = { ...tables, wait: 'SM_REPORT_WAIT' };
  // MIN is one look-up at the end of an index. ROWNUM <= 1 could scan all the space of a backlog
  // that is gone before it finds a row.
  const firsts: Readonly<Record<SourceName, string>> = {
    resp: `SELECT MIN(${resp.seqId}) FROM ${tables.resp}`,
    report: `SELECT MIN(${report.seqId}) FROM ${tables.report}`,
    recv: `SELECT MIN(${recv.seqId}) FROM ${tables.recv}`,
    wait: 'SELECT MIN(NEXT_TRY_AT) FROM SM_REPORT_WAIT WHERE NEXT_TRY_AT <= :1',
  };
  const sources = namesOf(firsts);
  // The prefix N_ is needed because WAIT is a reserved word of Oracle.
  const counts = sources.map(
    (source) =>
      `(SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ${from[source]} WHERE ROWNUM <= ${COUNTED})) AS N_${source}`,
  );
  const measure = `SELECT ${counts.join(', ')} FROM DUAL`;
  const look = `SELECT ${sources.map((source) => `(${firsts[source]}) AS N_${source}`).join(', ')} FROM DUAL`;
  return {
    measure: async () => {
      const { rows } = await oracle.execute<Readonly<Record<string, unknown>>>(measure);
      return Object.fromEntries(sources.map((source) => [source, Number(rows[0]?.[`n_${source}`])])) as Backlog;
    },
    look: async (now) => {
      const { rows } = await oracle.execute<Readonly<Record<string, unknown>>>(look, [new Date(now)]);
      return new Set(sources.filter((source) => (rows[0]?.[`n_${source}`] ?? null) !== null));
    },
  };
};

const LOOK: PerEngine<(db: Database, mapping: ExchangeMapping) => LookAtTables> = {
  pg: lookOnPostgres,
  oracledb: lookOnOracle,
};

export const createLookAtTables = (db: Database, mapping: ExchangeMapping): LookAtTables =>
  forEngine(db.engine, LOOK)(db, mapping);
