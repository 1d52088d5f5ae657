import type { Codec } from '../../../shared/avro/codec-port';
import type { SmsReceived, SmsStatus } from '../../../shared/avro/records';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { OutgoingRecord, RecordSink } from '../../../shared/kafka/ports';
import { publishLetters } from '../../../shared/kafka/publish-dead-letters';
import { toStatusKey } from '../../../shared/sms/message-key';
import type { CollectPorts, InboundTableName } from '../collect-batch';
import type { RowLetter } from '../core/collect-plan';
import type { ReportRow } from '../core/exchange-rows';

/** Returns a time as ISO 8601, or as the number of ms if it is outside the range of `Date`. */
const toTimeText = (ms: number | null): string | null => {
  if (ms === null) return null;
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
};

/** Returns the row as JSON under the names of its table's columns. */
const toJson = (row: Readonly<Record<string, unknown>>, columns: Readonly<Record<string, string | null>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(columns).flatMap(([field, column]) => {
        if (column === null) return [];
        if (field === 'seqId') return [[column, (row.waited as ReportRow['waited'])?.sourceSeq ?? row.id]];
        const ms = row[field.replace(/Time$/, 'Ms')];
        if (/Time$/.test(field)) return [[column, toTimeText((ms ?? null) as number | null)]];
        return field in row ? [[column, row[field]]] : [];
      }),
    ),
  );

const toLetter = (
  { row, reason, message }: RowLetter,
  table: InboundTableName,
  mapping: ExchangeMapping,
  topic: string,
) => {
  // A report that waited came from the table of reports.
  const exchangeTable = table === 'wait' ? 'report' : table;
  return {
    topic,
    key: (row as ReportRow).waited?.sourceSeq ?? row.id,
    value: Buffer.from(toJson(row, mapping.columns[exchangeTable])),
    headers: {
      reason,
      message,
      'source-table': mapping.tables[exchangeTable],
      'source-seq': (row as ReportRow).waited?.sourceSeq ?? row.id,
    },
  };
};

/**
 * Creates the publish of a batch: events on `sms.status` and `sms.received`, unusable rows as JSON
 * on `sms.dead-letter`.
 * @throws BridgeError KAFKA_UNAVAILABLE (retryable); KAFKA_REJECTED or ENCODE_FAILED if one of the
 *   values can never be published
 */
export const createPublishCollected = (
  sink: Pick<RecordSink, 'publish'>,
  codecs: { readonly status: Codec<SmsStatus>; readonly received: Codec<SmsReceived> },
  topics: { readonly status: string; readonly received: string; readonly deadLetter: string },
  mapping: ExchangeMapping,
): CollectPorts<unknown>['publish'] => {
  const toStatusRecord = (status: SmsStatus): OutgoingRecord => ({
    topic: topics.status,
    key: toStatusKey(status),
    value: codecs.status.encode(status),
    headers: { 'event-id': status.eventId, 'app-id': status.appId ?? '' },
  });
  const toReceivedRecord = (message: SmsReceived): OutgoingRecord => ({
    topic: topics.received,
    key: message.from,
    value: codecs.received.encode(message),
    headers: { 'event-id': message.receivedId, 'app-id': message.appId ?? '' },
  });
  return async (table, { statuses, received, letters }) => {
    const events = [...statuses.map(toStatusRecord), ...received.map(toReceivedRecord)];
    await Promise.all([
      events.length === 0 ? undefined : sink.publish(events),
      publishLetters(
        sink,
        letters.map((letter) => toLetter(letter, table, mapping, topics.deadLetter)),
      ),
    ]);
  };
};
