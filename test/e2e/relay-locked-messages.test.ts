import { PARKED_STEP } from '../../services/exchange-relay/hand-over-parked';
import { RELAY_STEPS } from '../../services/exchange-relay/relay-batch';
import type { Engine } from '../../shared/database/database';
import { type BridgeWorld, manyMessages } from '../support/bridge-world';
import { NAMED_MESSAGES } from '../support/handed-messages';
import { useRelayWorld } from '../support/relay-world';
import { createTaking } from '../support/taking-province';
import { onEachEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const PARTITIONS = 6;

/**
 * Open transactions: one that a failed test did not close would keep the database from being
 * emptied.
 */
const holders: { readonly release: (how: 'commit' | 'rollback') => Promise<void> }[] = [];

/**
 * Inserts these messages in a transaction and leaves it open, as a business system may that has the
 * right on the table.
 */
const holdMessages = async (world: BridgeWorld, engine: Engine, ids: readonly string[]) => {
  let release: (how: 'commit' | 'rollback') => void = () => undefined;
  const released = new Promise<'commit' | 'rollback'>((resolve) => {
    release = resolve;
  });
  let holding: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    holding = resolve;
  });
  const done = world.database.db
    .transaction(async ({ query, oracle }) => {
      // a business account may change this setting too
      if (engine === 'pg') await query('SET LOCAL idle_in_transaction_session_timeout = 0');
      for (const id of ids) {
        const text = `INSERT INTO sm_send_t (message_id, app_id, dest_addr, content, status, created_at, source)
          VALUES ('${id}', 'billing', '8613800138000', 'x', 'NEW', CURRENT_TIMESTAMP, 'table')`;
        await (engine === 'pg' ? query(text) : oracle.execute(text));
      }
      holding();
      if ((await released) === 'rollback') throw new Error('rolled back');
    })
    .catch(() => undefined);
  await held;
  const holder = {
    release: async (how: 'commit' | 'rollback') => {
      release(how);
      await done;
    },
  };
  holders.push(holder);
  return holder;
};

onEachEngine('messages that another session has locked', (engine) => {
  // before the world closes
  afterEach(async () => {
    for (const holder of holders.splice(0)) await holder.release('rollback');
  });
  const { world, parked } = useRelayWorld(engine, { partitions: PARTITIONS });
  const number = async (sql: string): Promise<number> => Number((await world().database.run<{ n: string }>(sql))[0]?.n);
  const publishTo = (partition: number, ids: readonly string[], content = '停电通知'): Promise<void> =>
    world().sink.publish(
      ids.map((messageId) => ({
        topic: world().topics.send,
        key: messageId,
        partition,
        value: world().codecs.send.encode({ ...manyMessages('x', 1)[0]!, messageId, content }),
      })),
    );
  const contents = async (): Promise<ReadonlyMap<string, string>> =>
    new Map(
      (
        await world().database.run<{ message_id: string; content: string }>(
          `SELECT m.message_id, c.content FROM client_sms_send c JOIN ${NAMED_MESSAGES} m ON m.msg_id = c.msg_id`,
        )
      ).map((row) => [row.message_id, row.content]),
    );

  /** Publishes one record for each partition and expects all of them to go through soon. */
  const expectNeighbours = async (round: number): Promise<void> => {
    const neighbours = Array.from({ length: PARTITIONS }, (_, partition) => `n-${round}-${partition}`);
    const startedAt = Date.now();
    await Promise.all(neighbours.map((id, partition) => publishTo(partition, [id])));
    await waitUntil('the neighbours', async () => {
      const there = await contents();
      return neighbours.every((id) => there.has(id));
    });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
  };

  const counted = async (port: number, outcome: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(new RegExp(`^sms_relay_messages_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1]);
  };

  it.each([1, 6])(
    'delay no other partition when %s of them wait, and are handed over as soon as the lock is gone',
    async (locks) => {
      const relay = world().start('exchange-relay');
      const port = await relay.ready();
      // the stand-in takes seconds for the first run of a statement
      const first = await holdMessages(world(), engine, ['first']);
      await publishTo(0, ['first']);
      await waitUntil('the first one parked', async () => (await parked()) === 1, 60_000);
      await first.release('rollback');
      await waitUntil('the first one handed over', async () => (await contents()).has('first'), 60_000);
      const ids = Array.from({ length: locks }, (_, index) => `held-${index}`);
      const holder = await holdMessages(world(), engine, ids);
      try {
        for (const [index, id] of ids.entries()) await publishTo(index % PARTITIONS, [id]);
        // while the lock is held: every partition, before and after the record
        for (let round = 0; round < 4; round += 1) await expectNeighbours(round);
        await waitUntil('all of them parked', async () => (await parked()) === locks);
        // a second record of the same message with another text: the first one counts
        await publishTo(0, ['held-0'], 'another text');
        await waitUntil('the second record parked after the first', async () => (await parked()) === locks + 1);
      } finally {
        await holder.release('rollback');
      }
      await waitUntil('all of it', async () => (await parked()) === 0);
      const there = await contents();
      expect(ids.filter((id) => there.get(id) !== '停电通知')).toEqual([]);
      expect(there.size).toBe(4 * PARTITIONS + locks + 1);
      // parked records are counted like others, and the ignored text is logged
      expect(await counted(port, 'handed')).toBe(there.size);
      expect(await counted(port, 'conflicting_duplicate')).toBe(1);
      await publishTo(1, ['held-0'], 'a third text');
      await waitUntil('it is counted', async () => (await counted(port, 'conflicting_duplicate')) === 2);
      await waitUntil(
        'it is reported',
        () => relay.log.filter(({ msg }) => /only the first is sent/.test(msg)).length === 2,
      );
      expect(await world().read('deadLetter')).toEqual([]);
    },
  );

  it('are tried again when one is held for longer than every limit, while others go through', async () => {
    const limitMs = 2_000;
    const relay = world().start('exchange-relay', {
      DATABASE_STATEMENT_TIMEOUT_MS: String(limitMs),
      KAFKA_SESSION_TIMEOUT_MS: '6000',
    });
    await relay.ready();
    // the stand-in takes seconds for the first run of a statement
    await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => publishTo(partition, [`first-${partition}`])),
    );
    await waitUntil('the first ones', async () => (await contents()).size === PARTITIONS, 60_000);
    const holder = await holdMessages(world(), engine, ['held-0']);
    try {
      await publishTo(0, ['held-0']);
      await waitUntil('it is parked', async () => (await parked()) === 1, 60_000);
      // longer than the statement timeout, the watchdog, the session timeout and the longest pause
      // together
      const heldSince = Date.now();
      let round = 0;
      while (Date.now() - heldSince < limitMs + 8_000) {
        await expectNeighbours(round);
        round += 1;
      }
      expect([await parked(), (await contents()).has('held-0')]).toEqual([1, false]);
      expect(await number('SELECT tries AS n FROM sm_relay_parked')).toBeGreaterThan(3);
    } finally {
      await holder.release('rollback');
    }
    await waitUntil('it', async () => (await parked()) === 0 && (await contents()).get('held-0') === '停电通知');
    expect(await world().read('deadLetter')).toEqual([]);
  });

  it('delay only what waits with them when the relay is killed, and follow once the lock is gone', async () => {
    const { taken, take } = createTaking(world().database);
    const doomed = world().start('exchange-relay');
    await doomed.ready();
    await publishTo(0, ['first']);
    await waitUntil('the first', async () => (await contents()).has('first'), 60_000);
    const holder = await holdMessages(world(), engine, ['held-0']);
    try {
      await publishTo(0, ['held-0', 'after']);
      await waitUntil('it waits', async () => (await world().database.lockWaiters()) > 0);
      await doomed.kill();
      const next = world().start('exchange-relay');
      await next.ready(60_000);
      const others = Array.from({ length: PARTITIONS - 1 }, (_, at) => `n-${at + 1}`);
      await Promise.all([publishTo(0, ['last']), ...others.map((id, at) => publishTo(at + 1, [id]))]);
      const startedAt = Date.now();
      await waitUntil('the other partitions', async () => {
        await take();
        return others.every((id) => taken.has(id));
      });
      expect(Date.now() - startedAt).toBeLessThan(3_000);
      // PostgreSQL ends the dead session's wait; Oracle learns only at the end of the call that its
      // client is gone
      if (engine === 'oracledb') {
        await waitUntil('it is reported', () => next.log.some(({ err }) => /RELAY_OFFSET/.test(String(err))));
        expect(taken.has('last')).toBe(false);
      }
    } finally {
      await holder.release('rollback');
    }
    await waitUntil('all of it', async () => {
      await take();
      return ['first', 'held-0', 'after', 'last'].every((id) => taken.has(id)) && (await parked()) === 0;
    });
    expect([...taken.values()].every((times) => times === 1)).toBe(true);
    expect(await world().read('deadLetter')).toEqual([]);
  });

  it("are taken once, as the holder's, when the holder commits", async () => {
    const { taken, take } = createTaking(world().database);
    const relay = world().start('exchange-relay');
    await relay.ready();
    const holder = await holdMessages(world(), engine, ['held-0']);
    await publishTo(0, ['held-0', 'after']);
    await waitUntil('it is parked', async () => (await parked()) === 1);
    await holder.release('commit');
    await waitUntil('it is handed over', async () => {
      await take();
      return taken.size === 2 && (await parked()) === 0;
    });
    await publishTo(0, ['held-0', 'last']);
    await waitUntil('the last', async () => {
      await take();
      return taken.has('last');
    });
    expect([...taken.values()]).toEqual([1, 1, 1]);
  });

  it('are not parked when the whole table is locked, and follow once it is free', async () => {
    const relay = world().start('exchange-relay');
    await relay.ready();
    await publishTo(0, ['first']);
    await waitUntil('the first', async () => (await contents()).size === 1);
    let locked: Promise<void> | undefined;
    await world().database.db.transaction(async ({ query, oracle }) => {
      const lock = 'LOCK TABLE sm_send_t IN EXCLUSIVE MODE';
      await (engine === 'pg' ? query(lock) : oracle.execute(lock));
      for (let index = 0; index < 30; index += 1) await publishTo(index % PARTITIONS, [`m-${index}`]);
      await waitUntil('the relay notices', () => relay.log.some(({ msg }) => /is tried again/.test(msg)), 60_000);
      locked = Promise.resolve();
    });
    await locked;
    await waitUntil('all of it', async () => (await contents()).size === 31, 60_000);
    expect(relay.log.filter(({ msg }) => /was parked/.test(msg))).toEqual([]);
    expect(await parked()).toBe(0);
  });

  // parking is a batch of its own, and so is the hand-over of a parked record
  const killed = [
    ...RELAY_STEPS.map((step) => `${step}:2`),
    ...RELAY_STEPS.map((step) => `${step}:4`),
    `${PARKED_STEP}:1`,
  ];
  (engine === 'pg' ? it.each(killed) : it.each(killed.slice(0, 3)))(
    'are neither lost nor doubled when the relay is killed at %s',
    async (step) => {
      const { taken, take } = createTaking(world().database);
      const holder = await holdMessages(world(), engine, ['held-0', 'held-1']);
      const doomed = world().start('exchange-relay', { CRASH_AT: step });
      await doomed.ready();
      await publishTo(0, ['held-0', 'a', 'b']);
      await publishTo(1, ['c', 'held-1', 'd']);
      const ended = await waitUntil(
        'its end, or both parked',
        async () => {
          if (doomed.exited()) return 'killed';
          return (await parked()) === 2 && 'all parked';
        },
        60_000,
      ).then((how) => how === 'killed');
      if (!ended) await doomed.kill();
      // Oracle does not notice that the client of a waiting statement is gone: its batch waits
      // until the lock is gone
      if (engine === 'oracledb') await holder.release('rollback');
      const next = world().start('exchange-relay');
      await next.ready();
      await publishTo(2, ['e']);
      await waitUntil('the others', async () => {
        await take();
        return ['a', 'b', 'c', 'd', 'e'].every((id) => taken.has(id));
      });
      await holder.release('rollback');
      await waitUntil('all of it', async () => {
        await take();
        return taken.size === 7 && (await parked()) === 0;
      });
      expect([...taken.values()].every((times) => times === 1)).toBe(true);
      expect(await world().read('deadLetter')).toEqual([]);
    },
  );
});
