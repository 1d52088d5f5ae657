import { loadDestAddr } from '../exchange/load-dest-addr';
import { USUAL_RECIPIENTS } from '../sms/check-recipient';
import { NUMBER_KINDS } from '../sms/read-msisdn';
import { type ConfigCheck, integer, someOf, text } from './define-config';

/** Variables of every process that validates messages. All of them must decide alike. */
export const messageVariables = {
  COUNTRY: text({ doc: 'ISO 3166 code of the country whose numbers have no country code.', default: 'CN' }),
  RECIPIENTS: someOf(NUMBER_KINDS, {
    doc: 'Kinds of numbers that messages are sent to. service: 400, 800 and the like; foreign: numbers of another country.',
    default: USUAL_RECIPIENTS.join(','),
  }),
  CONTENT_MAX: integer({
    doc: 'Most characters of a message; the columns hold 1000.',
    default: '1000',
    min: 1,
    max: 1000,
  }),
  ACCOUNTS_REFRESH_SECONDS: integer({
    doc: 'How often LOGIN_USER is read again, to learn of new and disabled applications.',
    default: '10',
    min: 1,
    max: 3600,
  }),
};

/** Refuses a spelling of numbers in the exchange file that is not known for the country. */
export const countryCheck: ConfigCheck<{ readonly COUNTRY: string; readonly EXCHANGE_FILE: string | undefined }> = {
  of: ['COUNTRY', 'EXCHANGE_FILE'],
  check: loadDestAddr,
};
