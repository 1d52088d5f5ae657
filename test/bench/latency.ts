import { setTimeout as sleep } from 'node:timers/promises';
import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { waitUntil } from '../support/wait-until';
import { benchArguments, percentile, reportBench } from './bench-report';

const PER_SECOND = 1_000;
/** The messages are spread over ticks of 5 ms. */
const TICK_MS = 5;
const PER_TICK = (PER_SECOND * TICK_MS) / 1000;
/** The first seconds do not count, because the JIT compilers warm up. */
const WARM_UP = 3 * PER_SECOND;
const LOOK_MS = 2;

/**
 * Calls `send` for each tick at its own time, even if earlier calls were late; resolves when all
 * are sent.
 */
const atSteadyRate = async (messages: number, send: (from: number, to: number) => Promise<void>): Promise<void> => {
  const startedAt = performance.now();
  const sending: Promise<void>[] = [];
  for (let from = 0; from < messages; from += PER_TICK) {
    const due = startedAt + (from / PER_TICK) * TICK_MS;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    sending.push(send(from, Math.min(messages, from + PER_TICK)));
  }
  await Promise.all(sending);
};

/**
 * Measures from the call that publishes a message until its row is seen in the exchange table.
 * Includes publishing and the poll every 2 ms.
 */
const measureHandOver = async (world: BridgeWorld, count: number): Promise<readonly number[]> => {
  const publishedAt = new Map<string, number>();
  const latencies: number[] = [];
  let looking = true;
  const look = (async () => {
    while (looking) {
      const { rows } = await world.database.db.query<{ message_id: string }>(
        'DELETE FROM client_sms_send c USING sm_send_t t WHERE t.msg_id = c.msg_id RETURNING t.message_id',
      );
      const now = performance.now();
      for (const { message_id: id } of rows) latencies.push(now - (publishedAt.get(id) as number));
      await sleep(LOOK_MS);
    }
  })();
  const messages = manyMessages('l', count);
  await atSteadyRate(count, (from, to) => {
    const some = messages.slice(from, to).map((message) => ({ ...message, createdAt: Date.now() }));
    const now = performance.now();
    for (const { messageId } of some) publishedAt.set(messageId, now);
    return world.publish(some);
  });
  await waitUntil(
    () => `${latencies.length} of ${count}`,
    () => latencies.length >= count,
  );
  looking = false;
  await look;
  return latencies.slice(WARM_UP);
};

/**
 * Measures from the INSERT of a report until a subscriber has its event: later than Kafka's
 * acknowledgement, which only the collector sees.
 */
const measureEvents = async (world: BridgeWorld, count: number): Promise<readonly number[]> => {
  const insertedAt = new Map<string, number>();
  const latencies: number[] = [];
  const consumer = world.kafka.consumer({ groupId: `${world.prefix}latency`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: world.topics.status, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const now = performance.now();
      for (const { key } of batch.messages)
        latencies.push(now - (insertedAt.get(key?.toString().split('/').at(-1) ?? '') as number));
    },
  });
  await sleep(1_000); // the consumer has joined its group
  await atSteadyRate(count, async (from, to) => {
    const ids = Array.from({ length: to - from }, (_, index) => `l-${from + index}`);
    const now = performance.now();
    for (const id of ids) insertedAt.set(id, now);
    await world.database.db.query(
      `INSERT INTO client_sms_report (gateway_msg_id, msg_id, stat, done_time) SELECT message_id, msg_id, 'DELIVRD', now() FROM sm_send_t WHERE message_id = ANY($1)`,
      [ids],
    );
  });
  await waitUntil(
    () => `${latencies.length} of ${count}`,
    () => latencies.length >= count,
  );
  await consumer.disconnect();
  return latencies.slice(WARM_UP);
};

const summary = (latencies: readonly number[]) => {
  const of = (share: number): number => Math.round(percentile(latencies, share) * 10) / 10;
  return { p50: of(0.5), p99: of(0.99), p999: of(0.999), max: of(1) };
};

const main = async (): Promise<void> => {
  const { messages, json } = benchArguments({ messages: 20_000, rounds: 1 });
  const world = await createBridgeWorld({ partitions: 6 });
  const quiet = { LOG_LEVEL: 'info' };
  const relay = world.start('exchange-relay', quiet);
  await relay.ready();
  const handOver = summary(await measureHandOver(world, messages));
  await relay.stop();
  const collector = world.start('report-collector', quiet);
  await collector.ready();
  const events = summary(await measureEvents(world, messages));
  await world.close();
  const row = (name: string, { p50, p99, p999, max }: typeof events) => [name, p50, p99, p999, max];
  reportBench('latency', {
    head: [`at ${PER_SECOND} a second, ms`, 'p50', 'p99', 'p99.9', 'max'],
    rows: [row('published → row committed', handOver), row('row inserted → event at a subscriber', events)],
    result: {
      rate: `${PER_SECOND}/s`,
      'hand-over-p50': `${handOver.p50}ms`,
      'hand-over-p99': `${handOver.p99}ms`,
      'hand-over-p99.9': `${handOver.p999}ms`,
      'event-p50': `${events.p50}ms`,
      'event-p99': `${events.p99}ms`,
      'event-p99.9': `${events.p999}ms`,
    },
    json,
    details: { messages, handOver, events },
  });
};

void main();
