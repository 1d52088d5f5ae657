import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { toZone } from '../../shared/exchange/time-zone';
import { NOW } from './kept-tables';

const IN_UTC = '+00:00';

/** Returns an expression that converts a DATE or TIMESTAMP of the province's clock to UTC. Pure. */
export const toUtc = ({ timeZone }: ExchangeMapping, time: string): string =>
  toZone(timeZone).oracle === IN_UTC ? time : `TO_UTC(${time})`;

/** Returns the qualified column, or NULL for a column that the province does not have. Pure. */
export const columnOf = (row: string, column: string | null): string => (column === null ? 'NULL' : `${row}.${column}`);

/**
 * Returns an expression that converts a time of the province to UTC, or to NULL when it is
 * implausible, as in `toUsableMs`. Pure.
 */
export const usableTime = (mapping: ExchangeMapping, time: string): string =>
  time === 'NULL'
    ? time
    : `CASE WHEN ${time} BETWEEN TIMESTAMP '2010-01-01 00:00:00' AND ${NOW} + INTERVAL '30' DAY THEN ${toUtc(mapping, time)} END`;

/**
 * Returns the function that `toUtc` needs in a trigger. A local time that the clock skips is an
 * error (ORA-01878), which leaves the row to the collector. Pure.
 */
export const toUtcFunction = ({ timeZone }: ExchangeMapping): string => {
  const { oracle } = toZone(timeZone);
  if (oracle === IN_UTC) return '';
  return `  FUNCTION TO_UTC (P_AT IN TIMESTAMP) RETURN TIMESTAMP IS
  BEGIN
    RETURN SYS_EXTRACT_UTC(FROM_TZ(P_AT, '${oracle}'));
  END TO_UTC;

`;
};
