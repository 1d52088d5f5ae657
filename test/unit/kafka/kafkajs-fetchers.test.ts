import { Kafka, logLevel } from 'kafkajs';

type Batch = { readonly topic: string; readonly partition: number; readonly from: number };
type FetchManager = (options: {
  readonly logger: unknown;
  readonly getNodeIds: () => readonly number[];
  readonly fetch: (nodeId: number) => Promise<readonly Batch[]>;
  readonly handler: (batch: Batch) => Promise<void>;
}) => { readonly start: () => Promise<void>; readonly stop: () => Promise<void> };

const createFetchManager = require('kafkajs/src/consumer/fetchManager') as FetchManager;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('kafkajs with several brokers', () => {
  it("delivers a partition's batch from its old leader after one from the new leader, which is why positions are checked", async () => {
    const logger = new Kafka({ brokers: ['none:1'], logLevel: logLevel.NOTHING }).logger();
    const handedOut: number[] = [];
    const batch = { topic: 't', partition: 0, from: 10 };
    let answerOld: (batches: readonly Batch[]) => void = () => undefined;
    const asked = new Map<number, number>();
    const manager = createFetchManager({
      logger,
      getNodeIds: () => [1, 2],
      fetch: async (nodeId) => {
        const times = (asked.get(nodeId) ?? 0) + 1;
        asked.set(nodeId, times);
        await turn();
        if (times > 1) return [];
        if (nodeId === 2) return [batch];
        return new Promise<readonly Batch[]>((resolve) => {
          answerOld = resolve;
        });
      },
      handler: async ({ from }) => {
        handedOut.push(from);
      },
    });
    const running = manager.start();
    while ((asked.get(2) ?? 0) < 2) await turn();
    expect(handedOut).toEqual([10]);
    answerOld([batch]);
    while ((asked.get(1) ?? 0) < 2) await turn();
    await manager.stop();
    await running;
    expect(handedOut).toEqual([10, 10]);
  });
});
