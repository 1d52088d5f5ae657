import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CollectPorts, InboundTable } from '../../../services/report-collector/collect-batch';
import { EMPTY_PLAN } from '../../../services/report-collector/core/collect-plan';
import type { SmsReceived } from '../../../shared/avro/records';
import { BridgeError } from '../../../shared/errors';
import { eventId } from '../../../shared/event-id';
import { NOW } from '../../support/sms-send-message';

type State = { rows: Map<string, string>; settled: string[] };
export type TestTx = { readonly state: State; readonly held: Set<string> };
export type TestRow = { readonly id: string; readonly text: string };

/**
 * The rules of the collector's world: a claim skips locked rows, a transaction takes effect at its
 * commit or not at all, and published events stay published. Rows with the text `poison` cannot be
 * settled.
 */
export const createCollectWorld = (options: { readonly crash?: (step: string) => void } = {}) => {
  const rows = new Map<string, string>();
  const settled: string[] = [];
  const locked = new Set<string>();
  const published: string[] = [];
  const letters: { id: string; reason: string }[] = [];
  const away = { database: false, kafka: false };
  let claims = 0;

  const ports: CollectPorts<TestTx> = {
    inTransaction: async (work) => {
      await nextTurn();
      if (away.database) throw new BridgeError('DB_UNAVAILABLE', 'the database is down', { retryable: true });
      const tx: TestTx = { state: { rows: new Map(), settled: [] }, held: new Set() };
      try {
        const result = await work(tx);
        for (const id of tx.held) rows.delete(id);
        settled.push(...tx.state.settled);
        return result;
      } finally {
        for (const id of tx.held) locked.delete(id);
      }
    },
    publish: async (_source, plan) => {
      await nextTurn();
      if (away.kafka) throw new BridgeError('KAFKA_UNAVAILABLE', 'Kafka is down', { retryable: true });
      published.push(...plan.received.map(({ receivedId }) => receivedId));
      letters.push(...plan.letters.map(({ row, reason }) => ({ id: row.id, reason })));
    },
    now: () => NOW,
    crashPoint: (step) => options.crash?.(step),
  };
  const source: InboundTable<TestTx, TestRow> = {
    name: 'recv',
    claim: async (tx, selection) => {
      claims += 1;
      const free = [...rows].filter(([id]) => !locked.has(id));
      const chosen =
        'limit' in selection ? free.slice(0, selection.limit) : free.filter(([id]) => selection.ids.includes(id));
      for (const [id] of chosen) {
        locked.add(id);
        tx.held.add(id);
      }
      await nextTurn();
      return chosen.map(([id, text]) => ({ id, text }));
    },
    plan: async (_tx, claimed) => ({
      ...EMPTY_PLAN,
      received: claimed.map((row) => ({ receivedId: eventId('test', row.id), content: row.text }) as SmsReceived),
      outcomes: { received: claimed.length },
    }),
    settle: async (tx, plan) => {
      if (plan.received.some(({ content }) => content === 'poison')) throw new BridgeError('DB_DATA', 'does not fit');
      tx.state.settled.push(...plan.received.map(({ receivedId }) => receivedId));
    },
  };
  return {
    ports,
    source,
    rows,
    settled,
    published,
    letters,
    away,
    claims: () => claims,
    add: (id: string, text = 'ok') => rows.set(id, text),
    idOf: (id: string) => eventId('test', id),
  };
};
