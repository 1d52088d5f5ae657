import { BridgeError } from '../errors';
import { type DestAddrSpelling, isSpellingOf } from '../sms/dest-addr';
import type { Country } from '../sms/normalise-msisdn';
import { type ExchangeNames, loadExchangeNames } from './exchange-names';

/** How numbers are written for the province. @throws BridgeError EXCHANGE_FILE_INVALID when that is not known for the country */
export const checkDestAddr = ({ destAddr }: Pick<ExchangeNames, 'destAddr'>, country: string): DestAddrSpelling => {
  if (isSpellingOf(destAddr, country as Country)) return destAddr;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `destAddr: ${destAddr} is known for COUNTRY=CN only, and COUNTRY is ${country}; choose e164, 00 or plus`,
  );
};

/** The same, for those who need nothing else of the exchange file. */
export const loadDestAddr = (config: { readonly EXCHANGE_FILE?: string | undefined; readonly COUNTRY: string }) =>
  checkDestAddr(loadExchangeNames(config.EXCHANGE_FILE), config.COUNTRY);
