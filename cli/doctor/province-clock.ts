import { type Database, forEngine, type PerEngine } from '../../shared/database/database';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toOffsetText, toZone } from '../../shared/exchange/time-zone';
import { epochMsOf, toWallClock } from '../../shared/exchange/wall-clock';
import type { DatabaseLooks } from './database-looks';
import { type Finding, warning, well } from './finding';

/**
 * Differences between the province's times and this side's clock, in ms, positive when the province
 * is ahead: `waiting` for rows still in the exchange tables, `noted` for rows already taken.
 */
export type ClockOffsets = { readonly waiting: readonly number[]; readonly noted: readonly number[] };

const LOOKED_AT = 200;
const QUARTER_MS = 900_000;
/** Larger than differences between clocks and than the usual delay of an answer. */
const TOLERATED_MS = 20 * 60_000;
const DELAY_MS = 5 * 60_000;
const ENOUGH = 5;
/** The largest distance between two time zones: UTC-12 and UTC+14. */
const MOST_MS = 26 * 3_600_000;

/**
 * Returns the error of the configured zone in ms, a multiple of 15 minutes; 0 without evidence. A
 * time in the future is evidence. A time in the past may only be a late answer; it is evidence when
 * even the quickest of several answers is late by whole quarters of an hour. Pure.
 */
export const zoneErrorOf = ({ waiting, noted }: ClockOffsets): number => {
  const ahead = Math.max(0, ...[...waiting, ...noted].filter((ms) => ms <= MOST_MS));
  if (ahead > TOLERATED_MS) return Math.round(ahead / QUARTER_MS) * QUARTER_MS;
  const quickest = Math.max(...noted);
  const whole = Math.ceil(quickest / QUARTER_MS) * QUARTER_MS;
  return noted.length >= ENOUGH && quickest < -TOLERATED_MS && whole - quickest < DELAY_MS ? whole : 0;
};

type ReadOffsets = (db: Database, mapping: ExchangeMapping, readable: ReadonlySet<string>) => Promise<ClockOffsets>;

const NOTED = [
  { table: 'sm_send_t', theirs: 'gateway_submitted_at', ours: 'submitted_at', newest: 'handed_at' },
  { table: 'sm_receive_t', theirs: 'received_at', ours: 'recorded_at', newest: 'recorded_at' },
] as const;

const timesOf = ({ tables, columns: { resp, report, recv } }: ExchangeMapping) =>
  [
    [tables.resp, resp.respTime],
    [tables.report, report.doneTime],
    [tables.recv, recv.recvTime],
  ].flatMap(([table, column]) => (typeof table === 'string' && typeof column === 'string' ? [{ table, column }] : []));

const readOnPostgres: ReadOffsets = async (db, mapping, readable) => {
  const waiting: number[] = [];
  const noted: number[] = [];
  for (const { table, column } of timesOf(mapping).filter((time) => readable.has(time.table))) {
    const { rows } = await db.query<{ off: number | null }>(
      `SELECT max(${epochMsOf(column, toZone(mapping.timeZone))} - extract(epoch FROM clock_timestamp()) * 1000)::float8 AS off FROM ${table} WHERE ${column} IS NOT NULL`,
    );
    waiting.push(...rows.flatMap(({ off }) => off ?? []));
  }
  for (const { table, theirs, ours, newest } of NOTED.filter((one) => readable.has(one.table))) {
    const { rows } = await db.query<{ off: number }>(
      `SELECT (extract(epoch FROM ${theirs} - ${ours}) * 1000)::float8 AS off FROM ${table}
        WHERE ${theirs} IS NOT NULL AND ${ours} IS NOT NULL AND ${theirs} <> ${ours} ORDER BY ${newest} DESC NULLS LAST LIMIT ${LOOKED_AT}`,
    );
    noted.push(...rows.map(({ off }) => off));
  }
  return { waiting, noted };
};

const readOnOracle: ReadOffsets = async ({ oracle }, mapping, readable) => {
  const waiting: number[] = [];
  const noted: number[] = [];
  const wallClock = toWallClock(toZone(mapping.timeZone));
  for (const { table, column } of timesOf(mapping).filter((time) => readable.has(time.table))) {
    const { rows } = await oracle.execute<{ last_at: Date | null; now_at: Date }>(
      `SELECT MAX(${column}) AS LAST_AT, SYSTIMESTAMP AS NOW_AT FROM ${table}`,
      [],
      { wallClock },
    );
    waiting.push(
      ...rows.flatMap(({ last_at, now_at }) => (last_at === null ? [] : [last_at.getTime() - now_at.getTime()])),
    );
  }
  for (const { table, theirs, ours, newest } of NOTED.filter((one) => readable.has(one.table))) {
    const { rows } = await oracle.execute<{ theirs: Date; ours: Date }>(
      `SELECT THEIRS, OURS FROM (SELECT ${theirs} AS THEIRS, ${ours} AS OURS FROM ${table}
 WHERE ${theirs} IS NOT NULL AND ${ours} IS NOT NULL AND ${theirs} <> ${ours} ORDER BY ${newest} DESC NULLS LAST) WHERE ROWNUM <= ${LOOKED_AT}`,
    );
    noted.push(...rows.map(({ theirs: theirTime, ours: ourTime }) => theirTime.getTime() - ourTime.getTime()));
  }
  return { waiting, noted };
};

const READ: PerEngine<ReadOffsets> = { pg: readOnPostgres, oracledb: readOnOracle };

/** Formats a duration: `8 h`, `5 h 30 min`. */
const inWords = (ms: number): string => {
  const minutes = Math.abs(ms) / 60_000;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : ''].filter(Boolean).join(' ');
};

export const checkProvinceClock = async (
  db: Database,
  looks: DatabaseLooks,
  mapping: ExchangeMapping,
): Promise<readonly Finding[] | Finding> => {
  const check = 'flow: clock of the province';
  const relations = [...timesOf(mapping).map(({ table }) => table), ...NOTED.map(({ table }) => table)];
  const readable = new Set<string>();
  for (const relation of new Set(relations)) if (await looks.reads(relation)) readable.add(relation);
  const offsets = await forEngine(db.engine, READ)(db, mapping, readable);
  if (offsets.waiting.length + offsets.noted.length === 0) return [];
  const error = zoneErrorOf(offsets);
  if (error === 0) return well(check, `its times are in ${mapping.timeZone}, as in the exchange file`);
  const now = Date.now();
  const right = toOffsetText(toZone(mapping.timeZone).toWall(now) - now + error);
  const sign = error < 0 ? '-' : '+';
  return warning(
    check,
    `off by ${sign}${inWords(error)}: the newest times of its replies are that far ${error < 0 ? 'behind' : 'ahead of'} the clock, read in ${mapping.timeZone}`,
    `Set timeZone in EXCHANGE_FILE to "${right}" or to the zone's name, for all services, and restart them. Otherwise the province may treat messages as expired.`,
  );
};
