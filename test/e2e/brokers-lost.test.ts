import { type BridgeWorld, createBridgeWorld, manyMessages } from '../support/bridge-world';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka-cluster';
import { waitUntil } from '../support/wait-until';

const EACH = 750;
const LIMIT_MS = 120_000;

describe('a Kafka of three brokers', () => {
  let cluster: KafkaCluster;
  let world: BridgeWorld;
  beforeAll(async () => {
    cluster = await startKafkaCluster();
    process.env.TEST_KAFKA_BROKERS = cluster.brokers;
    world = await createBridgeWorld({ copies: 3 });
  }, 120_000);
  afterAll(async () => {
    await world?.close().catch(() => undefined);
    await cluster?.stop();
  }, 60_000);

  const journal = async () => {
    const [row] = await world.province.run<{ total: string; ids: string }>(
      'SELECT count(*) AS total, count(DISTINCT msg_id) AS ids FROM gateway_journal',
    );
    return { total: Number(row?.total), ids: Number(row?.ids) };
  };
  const takenAre = (count: number) => waitUntil(journal, async () => (await journal()).ids >= count, LIMIT_MS);
  /** Publishes like a business system: again, until Kafka acknowledges. */
  const publish = (name: string): Promise<unknown> =>
    waitUntil(
      `${name} is published`,
      () =>
        world.publish(manyMessages(name, EACH)).then(
          () => true,
          () => false,
        ),
      LIMIT_MS,
    );

  it('loses nothing and sends nothing twice while each broker is lost in turn, the controller and two at once included', async () => {
    const services = [
      world.start('exchange-relay'),
      world.start('report-collector'),
      world.start('gateway-simulator', {
        SIMULATOR_SUBMIT_MS: '0-50',
        SIMULATOR_REPORT_MS: '0-100',
        SIMULATOR_LATE_MS: '50-200',
      }),
    ];
    await Promise.all(services.map((service) => service.ready(60_000)));
    // each node is broker and controller, so one of them is the active controller in its turn
    const order = [[1], [2], [3, 1]];
    await publish('m-0');
    for (const [done, ids] of order.entries()) {
      await takenAre(done * EACH + 1);
      const publishing = publish(`m-${done + 1}`);
      await Promise.all(ids.map((id) => cluster.node(id).kill()));
      // with one broker down everything continues; with two down it waits
      if (ids.length === 1) await takenAre((done + 2) * EACH);
      await Promise.all(ids.map((id) => cluster.node(id).start()));
      await publishing;
      await cluster.whole();
    }
    const all = (order.length + 1) * EACH;
    await takenAre(all);
    const open = async () => {
      const [row] = await world.database.run<{ n: string }>(
        'SELECT count(*) AS n FROM sm_send_t WHERE final_at IS NULL',
      );
      return Number(row?.n);
    };
    await waitUntil(open, async () => (await open()) === 0, LIMIT_MS);
    expect(await journal()).toEqual({ total: all, ids: all });
    for (const service of services) expect(service.exited()).toBe(false);

    const finals = async () => {
      const seen = new Set<string>();
      for (const { value } of await world.read('status')) {
        const read = world.codecs.status.decode(value);
        if (!read.ok) throw new Error(read.problem.message);
        if (read.value.isFinal) seen.add(read.value.messageId);
      }
      return seen.size;
    };
    await waitUntil(finals, async () => (await finals()) === all, LIMIT_MS);
  }, 400_000);
});
