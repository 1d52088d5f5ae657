import { inList, padded, paddedLength } from '../../../shared/database/oracle/oracle-lists';
import type { OracleStatements } from '../../../shared/database/oracle/oracle-statements';
import { LEDGER_TABLES } from '../../../shared/ledger/tables';
import type { LedgerMessage } from '../core/collect-plan';
import {
  idsWithSegments,
  type LockMessages,
  MAX_MATCHES_PER_GATEWAY_ID,
  type MessageRow,
  type SegmentRow,
  toMessage,
  withSegments,
} from './ledger-rows';

/** The expression of the index. */
const KEY = `LTRIM(UPPER(GATEWAY_MSG_ID), '0')`;
const SENT_AT = 'COALESCE(SUBMITTED_AT, HANDED_AT)';

/** Shortcut: nearly every key has digits and ASCII letters only. */
const PLAIN = /^[0-9A-Za-z]*$/;

/**
 * Converts a key as Oracle's UPPER does, which also converts letters outside ASCII; `toGatewayKey`
 * leaves those. Messages found in excess do not match later.
 */
const toUpper = (key: string): string =>
  PLAIN.test(key)
    ? key.toUpperCase()
    : [...key]
        .map((letter) => {
          const upper = letter.toUpperCase();
          return [...upper].length === 1 ? upper : letter;
        })
        .join('');

/** The most bytes of a bound text. */
const LONGEST_TEXT = 4000;

/**
 * Joins the numbers into a few texts, each number between commas: a bind for each number would cost
 * more than the rest of the look-up. The count of texts is a power of two, so that the server sees
 * few different statements.
 */
const toTexts = (numbers: readonly string[]): readonly string[] => {
  const texts = [','];
  for (const number of numbers) {
    const last = texts.length - 1;
    if ((texts[last] as string).length + number.length + 1 > LONGEST_TEXT) texts.push(`,${number},`);
    else texts[last] += `${number},`;
  }
  while (texts.length & (texts.length - 1)) texts.push(',');
  return texts;
};

type ByKey = { readonly from: string; readonly key: string; readonly sentAt: string; readonly index: string };

/**
 * Finds the newest messages of each key, and of each key with each number in the reports. The
 * number is compared only for keys with more than MAX_MATCHES_PER_GATEWAY_ID
 * messages.
 */
const byKey = ({ from, key, sentAt, index }: ByKey, length: number, prefix: string, texts: number): string => {
  const named = Array.from(
    { length: texts },
    (_, index) => `INSTR(:${prefix}n${index + 1}, ',' || DEST_ADDR || ',') > 0`,
  );
  return `
  SELECT MSG_ID FROM (
    SELECT /*+ INDEX(K ${index}) */ MSG_ID, DEST_ADDR, ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${sentAt} DESC) AS NTH,
           ROW_NUMBER() OVER (PARTITION BY ${key}, DEST_ADDR ORDER BY ${sentAt} DESC) AS NTH_TO_NUMBER
      FROM ${from} K WHERE ${inList(key, length, prefix)} AND ${sentAt} >= :since${prefix}) N
   WHERE NTH <= ${MAX_MATCHES_PER_GATEWAY_ID} OR (NTH_TO_NUMBER <= ${MAX_MATCHES_PER_GATEWAY_ID} AND (${named.join(' OR ')}))`;
};

const OF_SEGMENTS: ByKey = {
  from: 'SM_SEND_PART',
  key: 'GATEWAY_KEY',
  sentAt: 'CREATED_AT',
  index: 'SM_SEND_PART_GATEWAY',
};

const COLUMNS = `MSG_ID, MESSAGE_ID, APP_ID, DEST_ADDR, CONTEXT, STATUS, REASON, CASE WHEN SUBMITTED_AT IS NULL THEN 0 ELSE 1 END AS SUBMITTED, GATEWAY_MSG_ID,
       GATEWAY_CODE, PART_COUNT, PARTS_DONE, NEED_REPORT`;

/**
 * The hints force look-ups by the key's index. The planner's statistics about a table that fills by
 * day and empties by night are wrong by day, and could lead to a full scan.
 */
const lockStatement = (table: LedgerMessage['table'], length: number, texts: number): string => {
  const ledger = LEDGER_TABLES[table].toUpperCase();
  const ids = inList('MSG_ID', length);
  const ofMessages = { from: ledger, key: KEY, sentAt: SENT_AT, index: `${ledger}_GATEWAY` };
  const found =
    texts > 0
      ? `MSG_ID IN (
  SELECT MSG_ID FROM ${ledger} I WHERE ${ids}
  UNION ALL${byKey(ofMessages, length, 'k', texts)}
  UNION ALL${byKey(OF_SEGMENTS, length, 'p', texts)})`
      : ids;
  return `SELECT /*+ INDEX(M ${ledger}_MSG_ID) USE_NL(M) */ ${COLUMNS}${texts > 0 ? `, ${SENT_AT} AS SENT_AT, HANDED_AT` : ''}
  FROM ${ledger} M WHERE ${found} ORDER BY MESSAGE_ID, APP_ID FOR UPDATE`;
};

type Row = Omit<MessageRow, 'submitted' | 'need_report' | 'sent_ms' | 'part_count' | 'parts_done'> & {
  readonly submitted: number | string;
  readonly need_report: number | string;
  readonly part_count: number | string;
  readonly parts_done: number | string;
  readonly sent_at?: Date | null;
  readonly handed_at?: Date | null;
};

/** Copies column by column, because `...row` costs more than the rest of the reading. */
const toRow = (row: Row): MessageRow => ({
  msg_id: row.msg_id,
  message_id: row.message_id,
  app_id: row.app_id,
  dest_addr: row.dest_addr,
  context: row.context,
  status: row.status,
  reason: row.reason,
  submitted: Number(row.submitted) === 1,
  need_report: Number(row.need_report) === 1,
  gateway_msg_id: row.gateway_msg_id,
  gateway_code: row.gateway_code,
  part_count: Number(row.part_count),
  parts_done: Number(row.parts_done),
  sent_ms: row.sent_at?.getTime() ?? null,
  handed_ms: row.handed_at?.getTime() ?? null,
});

const readSegments = async (
  { execute }: OracleStatements,
  messages: readonly LedgerMessage[],
  ids: readonly string[],
): Promise<readonly LedgerMessage[]> => {
  if (ids.length === 0) return messages;
  const { rows } = await execute<SegmentRow>(
    `SELECT MSG_ID, GATEWAY_KEY, GATEWAY_MSG_ID, PART_NO, STATUS, GATEWAY_CODE FROM SM_SEND_PART
 WHERE ${inList('MSG_ID', paddedLength(ids.length))} ORDER BY MSG_ID, PART_NO`,
    padded(ids),
  );
  return withSegments(
    messages,
    rows.map((row) => ({ ...row, part_no: Number(row.part_no) })),
  );
};

/**
 * Locks on Oracle. `maxRows` is the most that can be found, so that all rows come in one round
 * trip.
 */
export const lockOnOracle =
  (perSegment: boolean): LockMessages =>
  async ({ oracle }, table, wanted) => {
    const { msgIds, gatewayKeys, sentAfter, numbers = [] } = wanted;
    if (msgIds.length + gatewayKeys.length === 0) return [];
    const texts = gatewayKeys.length > 0 ? toTexts(numbers) : [];
    const length = paddedLength(Math.max(msgIds.length, gatewayKeys.length));
    const since = new Date(sentAfter);
    const upper = padded(gatewayKeys.map(toUpper), length);
    const { rows } = await oracle.execute<Row>(
      lockStatement(table, length, texts.length),
      [
        ...padded(msgIds, length),
        ...(texts.length > 0 ? [...upper, since, ...texts, ...padded(gatewayKeys, length), since, ...texts] : []),
      ],
      { maxRows: msgIds.length + (gatewayKeys.length + numbers.length) * MAX_MATCHES_PER_GATEWAY_ID * 2 },
    );
    const messages = rows.map((row) => toMessage(toRow(row), table));
    return readSegments(oracle, messages, idsWithSegments(messages, wanted, perSegment));
  };
