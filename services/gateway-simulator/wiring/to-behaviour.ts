import type { ConfigOf } from '../../../shared/config/define-config';
import { type ExchangeMapping, toReportOutcome } from '../../../shared/exchange/exchange-mapping';
import type { simulatorConfig } from '../config';
import type { Behaviour } from '../core/behaviour';

/** Returns the behaviour from the environment's values and the exchange mapping. */
export const toBehaviour = (
  config: ConfigOf<(typeof simulatorConfig)['variables']>,
  mapping: ExchangeMapping,
): Behaviour => ({
  seed: config.SIMULATOR_SEED,
  answers: mapping.answers,
  msgFmt: mapping.codes.msgFmt,
  accessNumber: mapping.accessNumber,
  countryCode: config.SIMULATOR_COUNTRY_CODE,
  destAddr: mapping.destAddr,
  submitMs: config.SIMULATOR_SUBMIT_MS,
  reportMs: config.SIMULATOR_REPORT_MS,
  lateMs: config.SIMULATOR_LATE_MS,
  replyMs: config.SIMULATOR_REPLY_MS,
  submitOkCode: config.SIMULATOR_SUBMIT_OK_CODE,
  submitFailedCodes: config.SIMULATOR_SUBMIT_FAILED_CODES,
  reportCodes: config.SIMULATOR_REPORT_CODES.map(({ code, weight }) => ({
    code,
    weight,
    delivers: toReportOutcome(code, mapping.codes).status === 'DELIVERED',
  })),
  ratios: {
    submitFailed: config.SIMULATOR_SUBMIT_FAILED_RATIO,
    noSubmit: config.SIMULATOR_NO_SUBMIT_RATIO,
    duplicateSubmit: config.SIMULATOR_DUPLICATE_SUBMIT_RATIO,
    noReport: config.SIMULATOR_NO_REPORT_RATIO,
    duplicateReport: config.SIMULATOR_DUPLICATE_REPORT_RATIO,
    earlyReport: config.SIMULATOR_EARLY_REPORT_RATIO,
    lateReport: config.SIMULATOR_LATE_REPORT_RATIO,
    interimReport: config.SIMULATOR_INTERIM_REPORT_RATIO,
    unknownReport: config.SIMULATOR_UNKNOWN_REPORT_RATIO,
    nullMsgId: config.SIMULATOR_NULL_MSG_ID_RATIO,
    otherId: config.SIMULATOR_OTHER_ID_RATIO,
    otherNumber: config.SIMULATOR_OTHER_NUMBER_RATIO,
    reply: config.SIMULATOR_REPLY_RATIO,
  },
});
