import { createInsertExchangeRows } from '../../services/exchange-relay/sql/exchange-rows';
import { createHandOver } from '../../services/exchange-relay/sql/hand-over';
import { createRelayOffsets } from '../../services/exchange-relay/sql/relay-offsets';
import { createExchangeClaims } from '../../services/report-collector/sql/claim-rows';
import { createInsertReceived } from '../../services/report-collector/sql/insert-received';
import { createLockMessages } from '../../services/report-collector/sql/lock-messages';
import { createSettleMessages, createSettleSegments } from '../../services/report-collector/sql/settle-messages';
import { createWaitingReports } from '../../services/report-collector/sql/waiting-reports';
import type { Tx } from '../../shared/database/database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { BATCH, entriesOf, idsOf, PARTITIONS, partsOf, receivedOf, settlementsOf, waitingOf } from './oracle-batches';

/**
 * The effects of one batch of a thousand (the n-th) inside a transaction, as the adapters make
 * them.
 */
export type Case = {
  readonly name: string;
  readonly run: (tx: Tx, batch: number) => Promise<unknown>;
};

/** The number of different batches; they are repeated in turn. */
export const DIFFERENT = 8;
const NOW = Date.now();
/** Reports of a batch without a message in the ledger. */
const FEW = 100;

const batches = <T>(make: (batch: number) => T): ((batch: number) => T) => {
  const made = Array.from({ length: DIFFERENT }, (_, batch) => make(batch));
  return (batch) => made[batch % DIFFERENT] as T;
};

const ENGINE = { engine: 'oracledb' } as const;
const ids = batches(idsOf);
const received = batches(receivedOf);
const settlements = batches(settlementsOf);

/** One array statement each. The first is the widest; the last line of the output is about it. */
export const createStatementCases = (): readonly Case[] => {
  const mapping = loadExchangeMapping();
  const handOver = createHandOver(ENGINE, mapping);
  const insertExchange = createInsertExchangeRows(mapping);
  const settle = createSettleMessages('oracledb');
  const settleParts = createSettleSegments('oracledb');
  const insertReceived = createInsertReceived('oracledb');
  const waiting = createWaitingReports('oracledb');
  const scheduled = batches((batch) => entriesOf(batch, 'SCHEDULED'));
  const parts = batches(partsOf);
  const reports = batches(waitingOf);
  return [
    // the ledger's MERGE alone: scheduled messages are not handed over
    { name: 'hand-over: MERGE into the ledger', run: (tx, batch) => handOver(tx, scheduled(batch), NOW) },
    { name: 'hand-over: INSERT into the exchange table', run: (tx, batch) => insertExchange(tx, ids(batch)) },
    { name: 'settle: UPDATE of the ledger', run: (tx, batch) => settle(tx, 'live', settlements(batch), NOW) },
    { name: 'settle: MERGE of parts', run: (tx, batch) => settleParts(tx, parts(batch), NOW) },
    { name: 'settle: INSERT of inbound messages', run: (tx, batch) => insertReceived(tx, received(batch)) },
    { name: 'settle: INSERT of waiting reports', run: (tx, batch) => waiting.insert(tx, reports(batch)) },
  ];
};

/** Whole transactions, without the decisions between the statements. */
export const createTransactionCases = (): readonly Case[] => {
  const mapping = loadExchangeMapping();
  const handOver = createHandOver(ENGINE, mapping);
  const offsets = createRelayOffsets(ENGINE);
  const claims = createExchangeClaims(ENGINE, mapping);
  const lock = createLockMessages('oracledb', false);
  const settle = createSettleMessages('oracledb');
  const insertReceived = createInsertReceived('oracledb');
  const handed = batches((batch) => entriesOf(batch, 'HANDED'));
  const { insert: keep } = createWaitingReports('oracledb');
  const some = batches((batch) => settlements(batch).slice(FEW));
  const few = batches((batch) => waitingOf(batch).slice(0, FEW));
  const byGatewayId = batches((batch) => ({
    msgIds: [],
    gatewayKeys: settlements(batch).map(({ message }) => message.gatewayMsgId ?? ''),
    sentAfter: NOW - 86_400_000,
  }));
  const wanted = batches((batch) => ({ msgIds: ids(batch), gatewayKeys: [], sentAfter: 0 }));
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'sms.send', partition }));
  return [
    {
      name: 'hand-over: lock, enter, insert, advance, history',
      run: async (tx, batch) => {
        await offsets.lock(tx, 'relay', partitions);
        await handOver(tx, handed(batch), NOW);
        const next = partitions.map((partition) => ({ ...partition, nextOffset: batch }));
        await offsets.advance(tx, 'relay', next, ids(batch));
      },
    },
    {
      name: 'RESP: claim, delete, look up, settle',
      run: async (tx, batch) => {
        await claims.resp(tx, { limit: BATCH });
        await lock(tx, 'live', wanted(batch));
        await settle(tx, 'live', settlements(batch), NOW);
      },
    },
    {
      name: 'REPORT: claim, delete, look up, settle, keep some',
      run: async (tx, batch) => {
        await claims.report(tx, { limit: BATCH });
        await lock(tx, 'live', byGatewayId(batch));
        await settle(tx, 'live', some(batch), NOW);
        await keep(tx, few(batch));
      },
    },
    {
      name: 'RECV: claim, delete, enter',
      run: async (tx, batch) => {
        await claims.recv(tx, { limit: BATCH });
        await insertReceived(tx, received(batch));
      },
    },
  ];
};
