import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { toZone } from '../../shared/exchange/time-zone';
import { NOW } from './kept-tables';

const IN_UTC = '+00:00';

/** A time of the province's clock, a DATE or a TIMESTAMP, as ours are. */
export const toUtc = ({ timeZone }: ExchangeNames, time: string): string =>
  toZone(timeZone).oracle === IN_UTC ? time : `TO_UTC(${time})`;

/** A column of a row, and NULL in the place of one that the province does not have. */
export const columnOf = (row: string, column: string | null): string => (column === null ? 'NULL' : `${row}.${column}`);

/** A time of the province as ours are; NULL for one that cannot be meant, as `toUsableMs` has it. */
export const usableTime = (names: ExchangeNames, time: string): string =>
  time === 'NULL'
    ? time
    : `CASE WHEN ${time} BETWEEN TIMESTAMP '2010-01-01 00:00:00' AND ${NOW} + INTERVAL '30' DAY THEN ${toUtc(names, time)} END`;

/** What that needs in a trigger. An hour that the clock leaves out is an error (ORA-01878), and its row is left to the collector. */
export const toUtcFunction = ({ timeZone }: ExchangeNames): string => {
  const { oracle } = toZone(timeZone);
  if (oracle === IN_UTC) return '';
  return `  FUNCTION TO_UTC (P_AT IN TIMESTAMP) RETURN TIMESTAMP IS
  BEGIN
    RETURN SYS_EXTRACT_UTC(FROM_TZ(P_AT, '${oracle}'));
  END TO_UTC;

`;
};
