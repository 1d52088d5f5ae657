import { failed, ok, type Result } from '../result';
import { type DestAddrSpelling, spellDestAddr } from './dest-addr';
import { type Country, type NumberKind, type NumberProblem, readMsisdn } from './read-msisdn';

/**
 * The kinds that may be recipients by default. Service numbers are excluded: 400 and 800 numbers
 * receive no SMS.
 */
export const USUAL_RECIPIENTS: readonly NumberKind[] = ['mobile', 'landline', 'foreign'];

export type RecipientRules = {
  readonly country: Country;
  /** Kinds that may be recipients; absent: USUAL_RECIPIENTS. */
  readonly recipients?: readonly NumberKind[] | undefined;
  /** How the province writes numbers; absent: e164. */
  readonly destAddr?: DestAddrSpelling | undefined;
};

const PROBLEMS: Readonly<Record<NumberProblem, string>> = {
  'no-number': 'to is not a telephone number; with a foreign one, write + and country code',
  local: 'to is a local number without area code, or lacks digits; with a landline, write its area code in front',
  'area-code':
    'to is a landline whose area code lacks its 0, or a foreign number without +, or lacks a digit; write it in full',
  'short-code': 'to is a short code of a service, which receives no SMS',
};

const NAMES: Readonly<Record<NumberKind, string>> = {
  mobile: 'a mobile number',
  landline: 'a landline',
  service: 'a service number (400, 800 or the like)',
  foreign: 'a foreign number',
};

const MISTAKABLE =
  'to is a foreign number whose digits alone are, or look like, another number here; it can be sent to where destAddr in the exchange file is 00, plus or national';

/**
 * Returns the recipient's canonical number (see `Msisdn`), or the reason for refusing it, which
 * does not quote the number.
 */
export const checkRecipient = (to: string, rules: RecipientRules): Result<string, string> => {
  const read = readMsisdn(to, rules.country);
  if (!read.ok) return failed(PROBLEMS[read.problem]);
  const { number, kind } = read.value;
  const { recipients = USUAL_RECIPIENTS, destAddr = 'e164' } = rules;
  if (!recipients.includes(kind))
    return failed(`to is ${NAMES[kind]}; messages are sent to these only (RECIPIENTS): ${recipients.join(', ')}`);
  return spellDestAddr(number, destAddr) === undefined ? failed(MISTAKABLE) : ok(number);
};
