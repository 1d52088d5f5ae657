import type { ExchangeNames } from '../../services/shared/exchange/exchange-names';
import { toZone } from '../../services/shared/exchange/time-zone';

const IN_UTC = '+00:00';

/** A time of the province's clock, a DATE or a TIMESTAMP, as ours are. */
export const toUtc = ({ timeZone }: ExchangeNames, time: string): string =>
  toZone(timeZone).oracle === IN_UTC ? time : `TO_UTC(${time})`;

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
