import { InvalidArgumentError } from 'commander';
import { isTimeZone } from '../shared/exchange/time-zone';

export const TIME_ZONE_RULE = 'must be a name such as Asia/Shanghai, or an offset such as +08:00';

/**
 * Parses the option --time-zone.
 * @throws InvalidArgumentError
 */
export const timeZone = (text: string): string => {
  if (isTimeZone(text)) return text;
  throw new InvalidArgumentError(`It ${TIME_ZONE_RULE}.`);
};
