import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createKafka } from '../../services/shared/kafka/create-kafka';
import { openRecordSink } from '../../services/shared/kafka/open-record-sink';
import { createTopics, toTopicNames } from '../../services/shared/kafka/topics';

const logger = pino({ level: 'silent' });
const connect = () => createKafka({ brokers: [process.env.TEST_KAFKA_BROKERS as string], clientId: 'test' }, logger);
const OPTIONS = { partitions: 6, replicationFactor: 1 };

describe('creating the topics', () => {
  it('resolves only when they can be written to, also when several environments are made at once', async () => {
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

  it('leaves existing topics alone, also when two do it for one environment', async () => {
    const names = toTopicNames(`${randomUUID()}.`);
    await Promise.all([createTopics(connect(), names, OPTIONS), createTopics(connect(), names, OPTIONS)]);
    expect(await createTopics(connect(), names, OPTIONS)).toEqual([]);
  });
});
