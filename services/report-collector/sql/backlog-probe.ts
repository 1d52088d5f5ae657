import { type Database, forEngine, type PerEngine } from '../../../shared/database/database';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { InboundTableName } from '../collect-batch';
import type { PeekTables } from './cached-peek';

/** Rows in each table, counted up to a limit. */
export type Backlog = Readonly<Record<InboundTableName, number>>;

export type BacklogProbe = {
  readonly count: () => Promise<Backlog>;
  readonly peek: PeekTables;
};

const namesOf = (firstRows: Readonly<Record<InboundTableName, string>>): readonly InboundTableName[] =>
  Object.keys(firstRows) as InboundTableName[];

/** A larger backlog is reported as this number. */
const COUNT_LIMIT = 100_000;

const probeOnPostgres = (
  { query }: Database,
  { tables, columns: { resp, report, recv } }: ExchangeMapping,
): BacklogProbe => {
  const from = { ...tables, wait: 'sm_report_wait' };
  // In the order of the key: from the other end the scan would pass all rows that were deleted
  // since the last vacuum. EXISTS would ignore the order.
  const first = (table: string, seqId: string): string => `SELECT 1 FROM ${table} ORDER BY ${seqId} LIMIT 1`;
  const firstRows: Readonly<Record<InboundTableName, string>> = {
    resp: first(tables.resp, resp.seqId),
    report: first(tables.report, report.seqId),
    recv: first(tables.recv, recv.seqId),
    wait: 'SELECT 1 FROM sm_report_wait WHERE next_try_at <= to_timestamp($1::float8 / 1000) LIMIT 1',
  };
  const inbound = namesOf(firstRows);
  const counts = inbound.map(
    (name) => `(SELECT count(*)::int FROM (SELECT 1 FROM ${from[name]} LIMIT ${COUNT_LIMIT}) AS c) AS ${name}`,
  );
  const peeks = inbound.map((name) => `(${firstRows[name]}) IS NOT NULL AS ${name}`);
  return {
    count: async () => {
      const { rows } = await query<Backlog>(`SELECT ${counts.join(', ')}`);
      return rows[0] as Backlog;
    },
    peek: async (now) => {
      const { rows } = await query<Readonly<Record<InboundTableName, boolean>>>(`SELECT ${peeks.join(', ')}`, [now]);
      return new Set(inbound.filter((name) => rows[0]?.[name]));
    },
  };
};

const probeOnOracle = (
  { oracle }: Database,
  { tables, columns: { resp, report, recv } }: ExchangeMapping,
): BacklogProbe => {
  const from = { ...tables, wait: 'SM_REPORT_WAIT' };
  // MIN is one look-up at the end of an index. ROWNUM <= 1 could scan all the space of a backlog
  // that is gone before it finds a row.
  const firstRows: Readonly<Record<InboundTableName, string>> = {
    resp: `SELECT MIN(${resp.seqId}) FROM ${tables.resp}`,
    report: `SELECT MIN(${report.seqId}) FROM ${tables.report}`,
    recv: `SELECT MIN(${recv.seqId}) FROM ${tables.recv}`,
    wait: 'SELECT MIN(NEXT_TRY_AT) FROM SM_REPORT_WAIT WHERE NEXT_TRY_AT <= :1',
  };
  const inbound = namesOf(firstRows);
  // The prefix N_ is needed because WAIT is a reserved word of Oracle.
  const counts = inbound.map(
    (name) => `(SELECT COUNT(*) FROM (SELECT 1 AS ONE FROM ${from[name]} WHERE ROWNUM <= ${COUNT_LIMIT})) AS N_${name}`,
  );
  const countSql = `SELECT ${counts.join(', ')} FROM DUAL`;
  const peekSql = `SELECT ${inbound.map((name) => `(${firstRows[name]}) AS N_${name}`).join(', ')} FROM DUAL`;
  return {
    count: async () => {
      const { rows } = await oracle.execute<Readonly<Record<string, unknown>>>(countSql);
      return Object.fromEntries(inbound.map((name) => [name, Number(rows[0]?.[`n_${name}`])])) as Backlog;
    },
    peek: async (now) => {
      const { rows } = await oracle.execute<Readonly<Record<string, unknown>>>(peekSql, [new Date(now)]);
      return new Set(inbound.filter((name) => (rows[0]?.[`n_${name}`] ?? null) !== null));
    },
  };
};

const PROBE: PerEngine<(db: Database, mapping: ExchangeMapping) => BacklogProbe> = {
  pg: probeOnPostgres,
  oracledb: probeOnOracle,
};

export const createBacklogProbe = (db: Database, mapping: ExchangeMapping): BacklogProbe =>
  forEngine(db.engine, PROBE)(db, mapping);
