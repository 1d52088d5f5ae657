import { DISPATCH_STEPS } from '../../services/exchange-relay/dispatch-batch';
import { RELAY_STEPS } from '../../services/exchange-relay/relay-batch';
import { type BridgeWorld, manyMessages } from '../support/bridge-world';
import { useRelayWorld } from '../support/relay-world';
import { createTaking } from '../support/taking-province';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const MESSAGES = 600;
const REJECTED = 60;
const UNREADABLE = 20;

/**
 * Publishes valid messages, some of them twice, with invalid ones and undecodable bytes between
 * them.
 */
const publishAllKinds = async (world: BridgeWorld): Promise<void> => {
  const good = manyMessages('good', MESSAGES);
  await world.publish([...good.slice(0, 300), ...manyMessages('bad', REJECTED, { to: 'nowhere' }), ...good]);
  await world.sink.publish(
    Array.from({ length: UNREADABLE }, (_, index) => ({
      topic: world.topics.send,
      key: `k${index}`,
      value: Buffer.from(`{"no": "avro", "at": ${index}}`),
    })),
  );
};

onOneEngine('a relay killed between two steps', (engine) => {
  const { world } = useRelayWorld(engine);

  // in the first batch, and after a batch with rows
  it.each(RELAY_STEPS.flatMap((step) => [`${step}:1`, `${step}:2`]))(
    'at %s loses nothing and sends nothing twice',
    async (step) => {
      await publishAllKinds(world());
      const { taken, take } = createTaking(world().database);
      const doomed = world().start('exchange-relay', { CRASH_AT: step, RELAY_BATCH_SIZE: '300' });
      await doomed.exit;
      expect(doomed.child.signalCode).toBe('SIGKILL');
      await take();
      world().start('exchange-relay', { RELAY_BATCH_SIZE: '300' });
      await waitUntil(
        () => `${taken.size} of ${MESSAGES} taken`,
        async () => {
          await take();
          return taken.size >= MESSAGES;
        },
      );
      const ends = await waitUntil('all events', async () => {
        const statuses = await world().read('status');
        const letters = await world().read('deadLetter');
        const rejected = new Set(statuses.map(({ key }) => key?.toString()));
        const unreadable = new Set(letters.map(({ value }) => value?.toString()));
        return rejected.size >= REJECTED && unreadable.size >= UNREADABLE && { statuses, rejected, unreadable };
      });
      await take();
      expect(taken.size).toBe(MESSAGES);
      expect([...taken].filter(([, times]) => times !== 1)).toEqual([]);
      expect(ends.rejected.size).toBe(REJECTED);
      expect(ends.unreadable.size).toBe(UNREADABLE);
      // a repeated event is recognised by its id: one id for each message
      const ids = ends.statuses
        .map(({ value }) => world().codecs.status.decode(value))
        .map((read) => read.ok && read.value.eventId);
      expect(new Set(ids).size).toBe(REJECTED);
    },
  );

  it.each(DISPATCH_STEPS)('at %s dispatches each scheduled message once', async (step) => {
    const at = Date.now() + 1_000;
    await world().publish(manyMessages('later', 100, { scheduledAt: at }));
    await world().publish(manyMessages('short', 20, { to: '13900000000', scheduledAt: at, expiresAt: at + 1 }));
    const { taken, take } = createTaking(world().database);
    const doomed = world().start('exchange-relay', { CRASH_AT: step, DISPATCH_POLL_MS: '100' });
    await doomed.exit;
    expect(doomed.child.signalCode).toBe('SIGKILL');
    world().start('exchange-relay', { DISPATCH_POLL_MS: '100' });
    const expired = await waitUntil('every message to end', async () => {
      await take();
      const keys = new Set((await world().read('status')).map(({ key }) => key?.toString()));
      return taken.size + keys.size >= 120 && keys;
    });
    // a short validity may end in the same millisecond as the hand-over
    expect([...taken].filter(([id, times]) => times !== 1 || expired.has(id))).toEqual([]);
    expect([...taken.keys()].filter((id) => id.startsWith('later'))).toHaveLength(100);
  });
});
