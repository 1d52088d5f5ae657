import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes } from 'kafkajs';
import { pino } from 'pino';
import { toConfigs } from '../../cli/doctor/check-kafka';
import { inspectTopics } from '../../cli/topics/inspect-topics';
import { createKafka } from '../../shared/kafka/kafkajs/create-kafka';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import { createTopics, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import { waitUntil } from '../support/wait-until';

const logger = pino({ level: 'silent' });
const connect = () => createKafka({ brokers: [process.env.TEST_KAFKA_BROKERS as string], clientId: 'test' }, logger);
const OPTIONS = { partitions: 6, replicationFactor: 1 };

describe('creating the topics', () => {
  it('resolves only when they can be written to, also when several environments are created at once', async () => {
    const one = async (): Promise<number> => {
      const kafka = connect();
      const names = toTopicNames(`${randomUUID()}.`);
      const created = await createTopics(kafka, names, OPTIONS);
      const sink = await openRecordSink(kafka, { logger });
      const record = { key: 'k', value: Buffer.from('v') };
      await sink.publish(Object.values(names).map((topic) => ({ topic, ...record })));
      await sink.close();
      return created.length;
    };
    expect(await Promise.all(Array.from({ length: 6 }, one))).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it("makes the broker decompress other clients' batches, and reports where it does not", async () => {
    const kafka = connect();
    const names = toTopicNames(`${randomUUID()}.`);
    await createTopics(kafka, names, OPTIONS);
    const admin = kafka.admin();
    await admin.connect();
    const advice = async () =>
      (await inspectTopics(admin, names)).flatMap(({ topic, advice: its }) => its.map((of) => [topic, of]));
    expect(await advice()).toEqual([]);
    const configEntries = [
      { name: 'compression.type', value: 'producer' },
      { name: 'retention.ms', value: '1000' },
    ];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: names.send, configEntries }],
    });
    await waitUntil('the broker has taken it', async () => (await advice()).length === 1);
    expect(await advice()).toEqual([
      [names.send, expect.stringMatching(/^compression.type is producer: .*; set it to uncompressed$/)],
    ]);
    const [send] = await inspectTopics(admin, names);
    expect(send?.corrections).toEqual([
      ['retention.ms', '604800000'],
      ['compression.type', 'uncompressed'],
    ]);
    expect(toConfigs('b:9092', send!)).toBe(
      `\n      kafka-configs.sh --bootstrap-server b:9092 --alter --entity-type topics --entity-name ${names.send} --add-config 'retention.ms=604800000,compression.type=uncompressed'`,
    );
    await admin.disconnect();
  });

  it('leaves existing topics unchanged, also when two processes create one environment', async () => {
    const names = toTopicNames(`${randomUUID()}.`);
    await Promise.all([createTopics(connect(), names, OPTIONS), createTopics(connect(), names, OPTIONS)]);
    expect(await createTopics(connect(), names, OPTIONS)).toEqual([]);
  });
});
