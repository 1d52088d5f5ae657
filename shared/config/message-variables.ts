import { USUAL_RECIPIENTS } from '../sms/check-recipient';
import { NUMBER_KINDS } from '../sms/read-msisdn';
import { integer, someOf, text } from './define-config';

/** Variables of every process that validates messages. All of them must decide alike. */
export const messageVariables = {
  COUNTRY: text({ doc: 'ISO 3166 code of the country whose numbers come without a country code.', default: 'CN' }),
  RECIPIENTS: someOf(NUMBER_KINDS, {
    doc: 'Which numbers messages are sent to. service: 400, 800 and the like; foreign: all with the code of another country.',
    default: USUAL_RECIPIENTS.join(','),
  }),
  CONTENT_MAX: integer({
    doc: 'Most characters of a message; the columns hold 1000.',
    default: '1000',
    min: 1,
    max: 1000,
  }),
  ACCOUNTS_REFRESH_SECONDS: integer({
    doc: 'How often LOGIN_USER is read again, so that new and disabled applications are known.',
    default: '10',
    min: 1,
    max: 3600,
  }),
};
