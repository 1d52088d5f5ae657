import { BridgeError } from '../../shared/errors';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { columnsThere } from '../../shared/exchange/send-columns';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { like } from './code-pattern';
import { ANSWERS } from './kept-tables';
import { moveTrigger } from './move-trigger';
import { columnOf, toUtcFunction, usableTime } from './province-clock';
import { settleMessage } from './settle-message';
import { settleReport, words } from './settle-report';

/**
 * Returns the declarations that both triggers share. A message that is answered segment by segment
 * only becomes SUBMITTED here: the collector counts its segments.
 */
const settling = (names: ExchangeNames, country: Country): string =>
  `  V_HELD BOOLEAN := FALSE; /* a row of ours was held: the rest of the statement is left to the collector */

${toUtcFunction(names)}${settleMessage(names.answers === 'per-part')}
${settleReport(names, country)}`;

const reportArguments = (names: ExchangeNames, row: string): string => {
  const { msgId, gatewayMsgId, destAddr, stat, errCode, submitTime, doneTime } = names.columns.report;
  return [
    ...[msgId, gatewayMsgId, destAddr, stat, errCode].map((column) => columnOf(row, column)),
    ...[submitTime, doneTime].map((column) => usableTime(names, columnOf(row, column))),
  ].join(', ');
};

/**
 * Requires that ids have the same notation in RESP and REPORT: the triggers do not convert them.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const requireOneNotation = ({ codes }: ExchangeNames): void => {
  if (codes.gatewayMsgId === 'same') return;
  throw new BridgeError(
    'EXCHANGE_FILE_INVALID',
    `codes.gatewayMsgId: replies cannot be settled in the database with "${codes.gatewayMsgId}": triggers know only one notation of a gateway's id; leave the replies to report-collector`,
  );
};

/**
 * Returns the trigger that settles submit results.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const respTrigger = (names: ExchangeNames, country: Country): string => {
  requireOneNotation(names);
  const { msgId, result, resultDesc, respTime } = names.columns.resp;
  const remark = words(columnOf('R', resultDesc));
  const respAt = usableTime(names, columnOf('R', respTime));
  const gatewayMsgId = columnOf('R', names.columns.resp.gatewayMsgId);
  const { report } = names.columns;
  const key = (value: string) => `LTRIM(UPPER(TRIM(${value})), '0')`;
  return moveTrigger(
    names,
    'resp',
    `  V_GATEWAY VARCHAR2(64 CHAR);\n${settling(names, country)}`,
    `          V_GATEWAY := CASE WHEN LENGTH(TRIM(${gatewayMsgId})) <= 64 THEN TRIM(${gatewayMsgId}) END;
          IF NOT (IS_PLAIN(R.${msgId}) AND IS_PLAIN(${gatewayMsgId}) AND IS_PLAIN(R.${result})) THEN
            NULL;
          ELSIF ${like(`TRIM(R.${result})`, names.codes.submitSuccess, 'codes.submitSuccess')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMITTED', 1, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, ${respAt}, NULL);
          ELSIF ${like(`TRIM(R.${result})`, names.codes.submitTemporary, 'codes.submitTemporary')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'HANDED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), 'SUBMIT_NOT_FINAL', ${remark}, NULL, ${respAt});
          ELSIF TRIM(R.${result}) IS NOT NULL THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMIT_FAILED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, NULL, ${respAt});
          END IF;${
            report.gatewayMsgId === null || names.columns.resp.gatewayMsgId === null
              ? ''
              : `
          /* reports that came before this */
          FOR E IN (SELECT ${columnsThere({ ...report, seqId: null }).join(', ')} FROM ${ANSWERS.report}
                     WHERE ${key(report.gatewayMsgId)} = ${key(gatewayMsgId)}) LOOP
            SETTLE_REPORT(${reportArguments(names, 'E')});
          END LOOP;`
          }`,
  );
};

/**
 * Returns the trigger that settles delivery reports.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const reportTrigger = (names: ExchangeNames, country: Country): string =>
  moveTrigger(names, 'report', settling(names, country), `          SETTLE_REPORT(${reportArguments(names, 'R')});`);
