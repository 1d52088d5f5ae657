import { BridgeError } from '../../shared/errors';
import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { presentColumns } from '../../shared/exchange/send-columns';
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
const settling = (mapping: ExchangeMapping, country: Country): string =>
  `  V_HELD BOOLEAN := FALSE; /* a row of ours was held: the rest of the statement is left to the collector */

${toUtcFunction(mapping)}${settleMessage(mapping.answers === 'per-part')}
${settleReport(mapping, country)}`;

const reportArguments = (mapping: ExchangeMapping, row: string): string => {
  const { msgId, gatewayMsgId, destAddr, stat, errCode, submitTime, doneTime } = mapping.columns.report;
  return [
    ...[msgId, gatewayMsgId, destAddr, stat, errCode].map((column) => columnOf(row, column)),
    ...[submitTime, doneTime].map((column) => usableTime(mapping, columnOf(row, column))),
  ].join(', ');
};

/**
 * Requires that ids have the same notation in RESP and REPORT: the triggers do not convert them.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
const requireOneNotation = ({ codes }: ExchangeMapping): void => {
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
export const respTrigger = (mapping: ExchangeMapping, country: Country): string => {
  requireOneNotation(mapping);
  const { msgId, result, resultDesc, respTime } = mapping.columns.resp;
  const remark = words(columnOf('R', resultDesc));
  const respAt = usableTime(mapping, columnOf('R', respTime));
  const gatewayMsgId = columnOf('R', mapping.columns.resp.gatewayMsgId);
  const { report } = mapping.columns;
  const key = (value: string) => `LTRIM(UPPER(TRIM(${value})), '0')`;
  return moveTrigger(
    mapping,
    'resp',
    `  V_GATEWAY VARCHAR2(64 CHAR);\n${settling(mapping, country)}`,
    `          V_GATEWAY := CASE WHEN LENGTH(TRIM(${gatewayMsgId})) <= 64 THEN TRIM(${gatewayMsgId}) END;
          IF NOT (IS_PLAIN(R.${msgId}) AND IS_PLAIN(${gatewayMsgId}) AND IS_PLAIN(R.${result})) THEN
            NULL;
          ELSIF ${like(`TRIM(R.${result})`, mapping.codes.submitSuccess, 'codes.submitSuccess')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMITTED', 1, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, ${respAt}, NULL);
          ELSIF ${like(`TRIM(R.${result})`, mapping.codes.submitTemporary, 'codes.submitTemporary')} THEN
            SETTLE(TRIM(R.${msgId}), 1, 'HANDED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), 'SUBMIT_NOT_FINAL', ${remark}, NULL, ${respAt});
          ELSIF TRIM(R.${result}) IS NOT NULL THEN
            SETTLE(TRIM(R.${msgId}), 1, 'SUBMIT_FAILED', 0, V_GATEWAY, SUBSTR(TRIM(R.${result}), 1, 32), NULL, ${remark}, NULL, ${respAt});
          END IF;${
            report.gatewayMsgId === null || mapping.columns.resp.gatewayMsgId === null
              ? ''
              : `
          /* reports that came before this */
          FOR E IN (SELECT ${presentColumns({ ...report, seqId: null }).join(', ')} FROM ${ANSWERS.report}
                     WHERE ${key(report.gatewayMsgId)} = ${key(gatewayMsgId)}) LOOP
            SETTLE_REPORT(${reportArguments(mapping, 'E')});
          END LOOP;`
          }`,
  );
};

/**
 * Returns the trigger that settles delivery reports.
 * @throws BridgeError EXCHANGE_FILE_INVALID
 */
export const reportTrigger = (mapping: ExchangeMapping, country: Country): string =>
  moveTrigger(
    mapping,
    'report',
    settling(mapping, country),
    `          SETTLE_REPORT(${reportArguments(mapping, 'R')});`,
  );
