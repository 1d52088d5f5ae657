import {
  type BridgeGround,
  type BridgeWorld,
  createBridgeGround,
  createBridgeWorld,
  manyMessages,
} from '../support/bridge-world';
import { operatorsPages } from '../support/documents';
import type { ServiceProcess } from '../support/service-process';
import { openTakeRows, type TakeRows } from '../support/taking-province';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';

const text = operatorsPages();

/** As docs/runbooks/README.md lists it. */
const NOW = { pg: 'now()', oracledb: 'SYS_EXTRACT_UTC(SYSTIMESTAMP)' };

/** Runs the procedures of docs/operate and docs/runbooks with the statements that stand there. */
onOneEngine('the procedures of docs/operate and docs/runbooks', (engine) => {
  let ground: BridgeGround;
  let world: BridgeWorld;
  let taken: string[];
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
  });
  afterAll(() => ground.close());
  let takeRows: TakeRows;
  beforeEach(async () => {
    world = await createBridgeWorld({ partitions: 1, ground });
    taken = [];
    takeRows = openTakeRows(world.database);
  });
  afterEach(() => world.close());

  /**
   * Returns the statement with this beginning, with this world's names and the numbers of the case
   * in place of the example's.
   */
  const statement = (beginning: string, offset?: number): string => {
    const found = text.split('```').find((block) => block.replace(/^sql\s*/, '').startsWith(beginning));
    if (found === undefined) throw new Error(`no page has the statement "${beginning} …"`);
    return found
      .replace(/^sql\s*/, '')
      .replaceAll("'exchange-relay'", `'${world.prefix}exchange-relay'`)
      .replaceAll("'sms.send'", `'${world.topics.send}'`)
      .replaceAll(/partition_no = \d+/g, 'partition_no = 0')
      .replaceAll(/next_offset (=|<) \d+/g, `next_offset $1 ${offset}`)
      .replaceAll('now()', NOW[engine])
      .replace(/;\s*$/, '');
  };
  const run = (sql: string) => world.database.run(sql);

  /** Takes the rows as the province does: they are gone afterwards. */
  const take = async (): Promise<void> => {
    taken.push(...(await takeRows()));
  };
  const untilTaken = (count: number): Promise<unknown> =>
    waitUntil(
      () => `the province has ${count} messages; it has ${taken.length}`,
      async () => {
        await take();
        return taken.length >= count;
      },
    );
  const untilCommitted = async (offset: number): Promise<void> => {
    await waitUntil(`the relay is at ${offset}`, async () => {
      const [row] = await world.database.run<{ next_offset: string }>('SELECT next_offset FROM relay_offset');
      return Number(row?.next_offset) >= offset;
    });
  };
  const start = async (): Promise<ServiceProcess> => {
    const relay = world.start('exchange-relay');
    await relay.ready();
    return relay;
  };
  const handOver = async (prefix: string, count: number): Promise<void> => {
    const before = taken.length;
    const relay = await start();
    await world.publish(manyMessages(prefix, count));
    await untilTaken(before + count);
    await relay.stop();
  };
  /** Starts a relay that refuses to read; returns its reason after it has ended. */
  const refusal = async (): Promise<string> => {
    const relay = world.start('exchange-relay');
    expect(await relay.exit).toBe(1);
    const fatal = relay.log.find(({ msg }) => msg === 'stopping: a person must act');
    return JSON.stringify(fatal?.err);
  };
  const expectEachOnce = async (count: number): Promise<void> => {
    await take();
    expect(taken.length).toBe(count);
    expect(new Set(taken).size).toBe(count);
  };

  it('read the log from its beginning and send nothing twice after an offset beyond the end of the log', async () => {
    await handOver('before', 300);
    // as after a topic was deleted and created again
    await run('UPDATE relay_offset SET next_offset = 5000');
    const why = await refusal();
    expect(why).toContain('OFFSET_OUT_OF_RANGE');
    expect(why).toContain('reading must continue at offset 5000, but the log holds 0 to 300');

    await run(statement('DELETE FROM relay_offset'));
    await world.publish(manyMessages('after', 50));
    await start();
    await untilTaken(350);
    await untilCommitted(350);
    await expectEachOnce(350);
  });

  it('continue at the first remaining record after records were deleted unread', async () => {
    await handOver('before', 100);
    await world.publish(manyMessages('lost', 40));
    await world.publish(manyMessages('left', 60));
    const admin = world.kafka.admin();
    await admin.connect();
    // kafkajs deletes records only in topics whose metadata it has loaded
    await admin.fetchTopicOffsets(world.topics.send);
    await admin.deleteTopicRecords({ topic: world.topics.send, partitions: [{ partition: 0, offset: '140' }] });
    await admin.disconnect();
    expect(await refusal()).toContain('reading must continue at offset 100, but the log holds 140 to 200');

    await run(statement('UPDATE relay_offset SET next_offset = 512000', 140));
    await start();
    await untilTaken(160);
    await untilCommitted(200);
    await expectEachOnce(160);
  });

  it('send nothing twice after a database was restored to an older state, thanks to the offsets in Kafka', async () => {
    await handOver('before', 100);
    const tables = ['sm_send_t', 'relay_offset', 'consumer_member'];
    for (const table of tables) await run(`CREATE TABLE backup_${table} AS SELECT * FROM ${table}`);
    await handOver('meanwhile', 200);
    for (const table of tables) {
      await run(`DELETE FROM ${table}`);
      await run(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
    }

    const admin = world.kafka.admin();
    await admin.connect();
    const groupId = `${world.prefix}exchange-relay`;
    const [group] = await admin.fetchOffsets({ groupId, topics: [world.topics.send] });
    await admin.disconnect();
    await run(statement('UPDATE relay_offset SET next_offset = 118730', Number(group?.partitions[0]?.offset)));
    await world.publish(manyMessages('after', 50));
    await start();
    await untilTaken(350);
    await untilCommitted(350);
    await expectEachOnce(350);
  });
});
