import { countSegments } from '../../../shared/sms/count-segments';
import type { Behaviour, SimulatedRow, TakenRow } from './behaviour';
import { createDraw, type Draw, pick, pickInRange, pickWeighted } from './draw';
import { REPLY_TEXTS } from './reply-texts';
import { spellId, spellNumber, toInternational } from './spell';

type Part = { readonly no: number; readonly gatewayMsgId: string; readonly troubled: boolean };

/**
 * Splits a message into parts, each with its own gateway id, as on the air. A message that is
 * answered as a whole has the id of the journal.
 */
const toParts = (row: TakenRow, behaviour: Behaviour, draw: Draw): readonly Part[] => {
  const count = behaviour.answers === 'per-part' ? countSegments(row.content, behaviour.msgFmt) : 1;
  if (count === 1) return [{ no: 0, gatewayMsgId: row.gatewayMsgId, troubled: true }];
  const troubled = Math.floor(draw('troubledPart') * count);
  return Array.from({ length: count }, (_, no) => ({
    no,
    gatewayMsgId: `${row.gatewayMsgId}${(no + 1).toString(16).padStart(2, '0')}`,
    troubled: no === troubled,
  }));
};

/** Returns the same row twice, the second one `laterMs` later. */
const twice = (answer: SimulatedRow, laterMs: number): readonly SimulatedRow[] => [
  answer,
  { ...answer, afterMs: answer.afterMs + laterMs },
];

const toReport = (row: TakenRow, part: Part, behaviour: Behaviour, draw: Draw, code: string) => {
  const { ratios, countryCode, destAddr = 'e164' } = behaviour;
  return {
    kind: 'report',
    msgId: draw('nullMsgId', part.no) < ratios.nullMsgId ? null : row.msgId,
    gatewayMsgId:
      draw('otherId', part.no) < ratios.otherId ? spellId(part.gatewayMsgId, draw, part.no) : part.gatewayMsgId,
    fromAddr: null,
    toAddr:
      draw('otherNumber', part.no) < ratios.otherNumber
        ? spellNumber(
            toInternational(row.destAddr, destAddr, countryCode),
            countryCode,
            draw('otherNumberForm', part.no),
          )
        : row.destAddr,
    code,
    text: /\d/.test(code) ? code.slice(-4) : '000',
  } as const;
};

/**
 * Returns the rows for one part: its submit result and, if it was submitted and the sender requests
 * reports, its delivery reports.
 */
const decidePart = (row: TakenRow, part: Part, behaviour: Behaviour, draw: Draw, failed: boolean): SimulatedRow[] => {
  const { ratios, reportCodes, submitFailedCodes, submitOkCode } = behaviour;
  const { no, troubled } = part;
  const submitMs = pickInRange(behaviour.submitMs, draw('submitDelay', no));
  const reportDelay = pickInRange(behaviour.reportMs, draw('reportDelay', no));
  const reported = !failed && row.needReport && !(troubled && draw('noReport') < ratios.noReport);
  // Early: the report appears at the time of the submit result, which appears after it.
  const early = reported && draw('earlyReport', no) < ratios.earlyReport;
  const respAfter = early ? submitMs + Math.max(1, reportDelay) : submitMs;
  const doneMs = early ? submitMs : submitMs + reportDelay;
  const answers: SimulatedRow[] = [];

  if (!(troubled && draw('noSubmit') < ratios.noSubmit)) {
    const resp: SimulatedRow = {
      kind: 'resp',
      afterMs: respAfter,
      happenedMs: submitMs,
      submittedMs: null,
      msgId: row.msgId,
      gatewayMsgId: part.gatewayMsgId,
      fromAddr: null,
      toAddr: null,
      code: failed ? pickWeighted(submitFailedCodes, draw('submitFailedCode')).code : submitOkCode,
      text: failed ? 'refused by the gateway' : null,
    };
    const again = draw('duplicateSubmit', no) < ratios.duplicateSubmit;
    answers.push(
      ...(again ? twice(resp, Math.max(1, pickInRange(behaviour.submitMs, draw('duplicateDelay', no)))) : [resp]),
    );
  }
  if (!reported) return answers;

  // A failure of a message is the failure of one of its parts.
  const drawn = pickWeighted(troubled ? reportCodes : delivering(reportCodes), draw('reportCode')).code;
  const code = row.expired ? 'EXPIRED' : drawn;
  const lateMs = draw('lateReport', no) < ratios.lateReport ? pickInRange(behaviour.lateMs, draw('lateDelay', no)) : 0;
  const times = { afterMs: doneMs + lateMs, happenedMs: doneMs, submittedMs: submitMs };
  if (draw('interimReport', no) < ratios.interimReport) {
    const acceptedMs = submitMs + Math.floor((doneMs - submitMs) / 2);
    answers.push({
      ...toReport(row, part, behaviour, draw, 'ACCEPTD'),
      ...times,
      afterMs: acceptedMs,
      happenedMs: acceptedMs,
    });
  }
  const report: SimulatedRow = { ...toReport(row, part, behaviour, draw, code), ...times };
  const again = draw('duplicateReport', no) < ratios.duplicateReport;
  answers.push(
    ...(again ? twice(report, Math.max(1, pickInRange(behaviour.reportMs, draw('duplicateDelay', no)))) : [report]),
  );
  return answers;
};

const delivering = (codes: Behaviour['reportCodes']) => {
  const good = codes.filter(({ delivers }) => delivers);
  return good.length === 0 ? codes : good;
};

const decideReply = (row: TakenRow, behaviour: Behaviour, draw: Draw): SimulatedRow => {
  const afterMs =
    pickInRange(behaviour.submitMs, draw('submitDelay')) + pickInRange(behaviour.replyMs, draw('replyDelay'));
  const other = draw('otherNumber') < behaviour.ratios.otherNumber;
  const { countryCode, destAddr = 'e164' } = behaviour;
  const number = toInternational(row.destAddr, destAddr, countryCode);
  return {
    kind: 'recv',
    afterMs,
    happenedMs: afterMs,
    submittedMs: null,
    msgId: null,
    gatewayMsgId: null,
    fromAddr: other ? spellNumber(number, countryCode, draw('otherNumberForm')) : row.destAddr,
    toAddr: `${behaviour.accessNumber}${row.extCode}`,
    code: null,
    text: pick(REPLY_TEXTS, draw('replyText')),
  };
};

/** Returns a report about a message that does not exist. */
const decideUnknown = (row: TakenRow, behaviour: Behaviour, draw: Draw): SimulatedRow => {
  const afterMs =
    pickInRange(behaviour.submitMs, draw('submitDelay')) + pickInRange(behaviour.reportMs, draw('duplicateDelay', 63));
  const high = Math.floor(draw('unknownId') * 2 ** 32).toString(16);
  const low = Math.floor(draw('unknownId', 1) * 2 ** 32).toString(16);
  return {
    kind: 'report',
    afterMs,
    happenedMs: afterMs,
    submittedMs: 0,
    msgId: null,
    gatewayMsgId: `u${high.padStart(8, '0')}${low.padStart(8, '0')}`,
    fromAddr: null,
    toAddr: row.destAddr,
    code: pickWeighted(behaviour.reportCodes, draw('reportCode')).code,
    text: '000',
  };
};

/**
 * Returns the province's rows for one message, in no particular order. The same message, behaviour
 * and seed give the same rows: chance depends on the seed and the MSG_ID alone.
 */
export const decideAnswers = (row: TakenRow, behaviour: Behaviour): readonly SimulatedRow[] => {
  const draw = createDraw(behaviour.seed, row.msgId);
  const { ratios } = behaviour;
  const failed = draw('submitFailed') < ratios.submitFailed;
  const answers = toParts(row, behaviour, draw).flatMap((part) => decidePart(row, part, behaviour, draw, failed));
  if (draw('unknownReport') < ratios.unknownReport) answers.push(decideUnknown(row, behaviour, draw));
  if (!failed && draw('reply') < ratios.reply) answers.push(decideReply(row, behaviour, draw));
  return answers;
};
