import { logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import { createKafkaLog } from '../../../shared/kafka/kafkajs/kafka-log';

describe('the log of kafkajs', () => {
  it('merges equal sentences, with the number of suppressed ones', () => {
    const lines: string[] = [];
    let now = 0;
    const logger = {
      warn: (fields: { repeated?: number }, text: string) => lines.push(`${text} ${fields.repeated ?? ''}`),
      debug: () => undefined,
    } as unknown as Logger;
    const log = createKafkaLog(logger, () => now)();
    const say = (message: string) =>
      log({ namespace: 'Connection', level: logLevel.ERROR, label: 'ERROR', log: { message, timestamp: '' } as never });
    for (let attempt = 0; attempt < 7; attempt += 1) say(`Connection error: connect ECONNREFUSED 127.0.0.1:${attempt}`);
    say('another');
    now = 10_000;
    say('Connection error: connect ECONNREFUSED 127.0.0.1:9');
    expect(lines).toEqual([
      'Connection error: connect ECONNREFUSED 127.0.0.1:0 ',
      'another ',
      'Connection error: connect ECONNREFUSED 127.0.0.1:9 6',
    ]);
  });

  it('takes the error as the message, which kafkajs logs for an unreachable broker', () => {
    const lines: string[] = [];
    const logger = { warn: (_: object, text: string) => lines.push(text) } as unknown as Logger;
    const message = new Error('SASL SCRAM-SHA-512 authentication failed');
    createKafkaLog(logger)()({
      namespace: 'BrokerPool',
      level: logLevel.ERROR,
      label: 'ERROR',
      log: { message, timestamp: '' } as never,
    });
    expect(lines).toEqual([message.message]);
  });
});
