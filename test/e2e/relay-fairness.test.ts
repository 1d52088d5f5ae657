import { setTimeout as sleep } from 'node:timers/promises';
import { manyMessages } from '../support/bridge-world';
import { useRelayWorld } from '../support/relay-world';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

/** `FLOOD=600000 npx jest test/e2e/relay-fairness.test.ts` takes a minute and prints the delays. */
const FLOOD = Number(process.env.FLOOD ?? 60_000);
/** About what the buffer, a response of Kafka and the flushes in flight hold together, twice. */
const PASSED_BY = 20_000;
const FLOODED = 5;
const PIECE = 1_000;

onOneEngine('a flood of one application', (engine) => {
  const { world, count } = useRelayWorld(engine, { partitions: FLOODED + 1 });

  it('does not delay the messages of another application in a partition without a backlog', async () => {
    const { sink, topics, codecs, database } = world();
    const publish = (messages: ReturnType<typeof manyMessages>, partition: number) =>
      sink.publish(
        messages.map((message) => ({
          topic: topics.send,
          key: message.to,
          value: codecs.send.encode(message),
          partition,
        })),
      );
    for (let at = 0; at < FLOOD; at += PIECE) {
      await publish(manyMessages(`f${at}`, PIECE, { appId: 'billing' }), (at / PIECE) % FLOODED);
    }
    const startedAt = Date.now();
    const relay = world().start('exchange-relay', { EXCHANGE_HIGH_ROWS: '100000000' });
    await waitUntil('it has begun', () => relay.log.some(({ msg }) => msg === 'batch'));
    const handed = (appId: string): Promise<number> => count(`sm_send_t WHERE app_id = '${appId}'`);
    // Each one waits for the same number of records, however large the flood is.
    let sent = 0;
    while ((await handed('billing')) < FLOOD * 0.9) {
      await publish(manyMessages(`s${sent}`, 1, { appId: 'outage' }), FLOODED);
      sent += 1;
      await sleep(100);
    }
    const limitMs = Math.max(1_000, ((Date.now() - startedAt) * PASSED_BY) / FLOOD);
    await waitUntil('all are handed over', async () => (await handed('outage')) === sent);
    const rows = await database.run<{ created_at: Date; handed_at: Date }>(
      `SELECT created_at, handed_at FROM sm_send_t WHERE app_id = 'outage' ORDER BY created_at`,
    );
    const delays = rows.map((row) => row.handed_at.getTime() - row.created_at.getTime());
    if (process.env.FLOOD) process.stdout.write(`${sent} ${JSON.stringify(delays)}\n`);
    expect(Math.max(...delays)).toBeLessThan(limitMs);
  }, 600_000);
});
