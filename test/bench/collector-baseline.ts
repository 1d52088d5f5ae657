import { createExchangeClaims } from '../../services/report-collector/sql/claim-rows';
import { createInsertReceived } from '../../services/report-collector/sql/insert-received';
import { createSettleMessages } from '../../services/report-collector/sql/settle-messages';
import { openCodecs } from '../../shared/avro/open-codecs';
import type { Tx } from '../../shared/database/database';
import { openDatabase } from '../../shared/database/open-database';
import { inTransaction } from '../../shared/database/transaction';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { toTopicNames } from '../../shared/kafka/kafkajs/topics';
import { silentLogger, testBrokers } from '../support/test-kafka';

/**
 * Measures the collector's own statements alone: claim, delete, send, settle, on the same
 * connections, with one record a row. No look-up of messages, no decisions; the event is encoded
 * beforehand. Runs as a process of its own, like the collector.
 */
const main = async (): Promise<void> => {
  const [url = '', prefix = '', batchSize = '1000', slots = '2'] = process.argv.slice(2);
  const db = openDatabase({ url, applicationName: 'bench', poolMax: 10, statementTimeoutMs: 60_000 });
  const topics = toTopicNames(prefix);
  const kafka = createKafka({ brokers: testBrokers().split(','), clientId: 'bench' }, silentLogger);
  const sink = await openRecordSink(kafka, { logger: silentLogger });
  const codecs = await openCodecs();
  const claims = createExchangeClaims(db, loadExchangeMapping());
  const settleMessages = createSettleMessages(db.engine);
  const insertReceived = createInsertReceived(db.engine);
  const limit = Number(batchSize);
  const status = codecs.status.encode({
    eventId: '0b8e5f5a-3c1d-5f6e-9a47-6d2c1e7b9f30',
    messageId: 'm-10000',
    appId: 'billing',
    to: '8613800010000',
    status: 'DELIVERED',
    isFinal: true,
    matched: true,
    reason: null,
    gatewayCode: 'DELIVRD',
    gatewayMessage: null,
    gatewayMessageId: 'G10000',
    partNo: null,
    partCount: 1,
    occurredAt: Date.now(),
    recordedAt: Date.now(),
    context: null,
  });
  const inbound = {
    receivedId: '0b8e5f5a-3c1d-5f6e-9a47-6d2c1e7b9f30',
    from: '8613800010000',
    to: '10698001',
    extCode: '01',
    appId: 'billing',
    content: '收到 10000',
    receivedAt: Date.now(),
    recordedAt: Date.now(),
    attempt: 1,
  };
  const received = codecs.received.encode(inbound);
  const headers = { 'event-id': inbound.receivedId, 'app-id': 'billing' };

  const answers = async (tx: Tx, kind: 'resp' | 'report'): Promise<number> => {
    const rows = await claims[kind](tx, { limit });
    if (rows.length === 0) return 0;
    await sink.publish(rows.map((row) => ({ topic: topics.status, key: row.msgId, value: status, headers })));
    const report = kind === 'report';
    await settleMessages(
      tx,
      'live',
      rows.map((row) => ({
        message: {
          msgId: row.msgId as string,
          messageId: row.msgId as string,
          appId: 'billing',
          destAddr: '',
          context: null,
          table: 'live' as const,
          sentMs: null,
          status: report ? ('DELIVERED' as const) : ('SUBMITTED' as const),
          reason: null,
          submitted: true,
          gatewayMsgId: row.gatewayMsgId,
          gatewayCode: report ? 'DELIVRD' : '0',
          partCount: 1,
          partsDone: 0,
          segments: [],
        },
        submittedNow: !report,
        finalNow: report,
        reported: { submittedMs: Date.now(), doneMs: report ? Date.now() : null, message: null },
      })),
      Date.now(),
    );
    return rows.length;
  };
  const messages = async (tx: Tx): Promise<number> => {
    const rows = await claims.recv(tx, { limit });
    if (rows.length === 0) return 0;
    await sink.publish(rows.map((row) => ({ topic: topics.received, key: row.srcAddr, value: received, headers })));
    await insertReceived(
      tx,
      rows.map((row) => ({ ...inbound, receivedId: `r-${row.id}`, from: row.srcAddr as string })),
    );
    return rows.length;
  };
  const drain = async (work: (tx: Tx) => Promise<number>): Promise<void> => {
    while ((await inTransaction(db, work)) > 0);
  };
  const startedAt = performance.now();
  const loops = [(tx: Tx) => answers(tx, 'resp'), (tx: Tx) => answers(tx, 'report'), (tx: Tx) => messages(tx)];
  await Promise.all(loops.flatMap((loop) => Array.from({ length: Number(slots) }, () => drain(loop))));
  process.stdout.write(`${performance.now() - startedAt}\n`);
  await sink.close();
  await db.close();
};

void main();
