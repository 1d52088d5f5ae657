import type { SmsReceivedAck } from '../../shared/avro/records';
import { type AckDecisions, type AckedRow, decideAcks } from './core/decide-acks';

/** The database ports of settling acknowledgements, inside one transaction. */
export type SettlePorts<Tx> = {
  /** Locks the rows of these received messages, in the live table or in the history. */
  readonly lockAckedRows: (tx: Tx, receivedIds: readonly string[]) => Promise<readonly AckedRow[]>;
  /** Returns those of these applications that are customer service. */
  readonly findCustomerService: (tx: Tx, appIds: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly markProcessed: (tx: Tx, table: AckedRow['table'], acks: readonly SmsReceivedAck[]) => Promise<void>;
};

/**
 * Marks messages that business systems have processed, in the caller's transaction. The first
 * allowed acknowledgement of a message sets PROCESSED_AT and PROCESSED_BY; later ones change
 * nothing. The caller handles those that wait or are refused.
 * @param acks in the order of their arrival
 */
export const settleAcks = async <Tx, A extends { readonly ack: SmsReceivedAck }>(
  tx: Tx,
  acks: readonly A[],
  ports: SettlePorts<Tx>,
): Promise<AckDecisions<A>> => {
  if (acks.length === 0) return { apply: [], wait: [], repeated: [], refused: [] };
  const rows = await ports.lockAckedRows(tx, [...new Set(acks.map(({ ack }) => ack.receivedId))].sort());
  const customerService = await ports.findCustomerService(tx, [...new Set(acks.map(({ ack }) => ack.appId))]);
  const decisions = decideAcks(acks, rows, customerService);
  const inHistory = new Set(rows.filter((row) => row.table === 'history').map((row) => row.receivedId));
  const first = decisions.apply.map(({ ack }) => ack);
  for (const table of ['live', 'history'] as const) {
    const inTable = first.filter((ack) => inHistory.has(ack.receivedId) === (table === 'history'));
    if (inTable.length > 0) await ports.markProcessed(tx, table, inTable);
  }
  return decisions;
};
