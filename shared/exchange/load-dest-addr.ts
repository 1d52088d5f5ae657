import { BridgeError } from '../errors';
import { type DestAddrSpelling, isSpellingOf } from '../sms/dest-addr';
import type { Country } from '../sms/normalise-msisdn';
import { type ExchangeMapping, loadExchangeMapping } from './exchange-mapping';

/**
 * Returns how the province writes numbers.
 * @throws BridgeError EXCHANGE_FILE_INVALID when that spelling is not known for the country
 */
export const checkDestAddr = ({ destAddr }: Pick<ExchangeMapping, 'destAddr'>, country: string): DestAddrSpelling => {
  if (isSpellingOf(destAddr, country as Country)) return destAddr;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `EXCHANGE_FILE: destAddr: ${destAddr} is known for COUNTRY=CN only, and COUNTRY is ${country}; choose e164, 00 or plus`,
  );
};

/**
 * Does the same from the configuration, for callers that need nothing else of the exchange file.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const loadDestAddr = (config: { readonly EXCHANGE_FILE?: string | undefined; readonly COUNTRY: string }) =>
  checkDestAddr(loadExchangeMapping(config.EXCHANGE_FILE), config.COUNTRY);
