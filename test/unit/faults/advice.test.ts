import { toDatabaseError } from '../../../shared/database/database-errors';
import { BridgeError } from '../../../shared/errors';
import { adviceByCode, needsPerson } from '../../../shared/faults/advice';
import { toKafkaError, toTopicError } from '../../../shared/kafka/kafkajs/kafka-errors';

const system = (code: string, message: string) => Object.assign(new Error(message), { code });
const kafka = (type: string, message = type) =>
  Object.assign(new Error(message), { name: 'KafkaJSProtocolError', type });

describe('what stops or holds up a service', () => {
  it.each([
    [
      'no server of the database',
      toDatabaseError(system('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.5:5432')),
      /^the database cannot be reached: connect ECONNREFUSED 10\.0\.0\.5:5432/,
      /Is the database running.*DATABASE_URL/,
      false,
    ],
    [
      'no password',
      toDatabaseError(new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')),
      /DATABASE_URL has none; put it there, or set DATABASE_PASSWORD/,
      /docs\/operate\/tls\.md/,
      true,
    ],
    [
      'a wrong password',
      toDatabaseError(system('28P01', 'password authentication failed for user "sms_relay"')),
      /sms_relay.*user or password is wrong/,
      /docs\/operate\/tls\.md/,
      true,
    ],
    [
      'a missing right',
      toDatabaseError(system('42501', 'permission denied for table relay_offset')),
      /relay_offset/,
      /sms-bridge doctor.*GRANT/,
      true,
    ],
    [
      'a missing topic',
      toTopicError(kafka('UNKNOWN_TOPIC_OR_PARTITION'), 'sms.send'),
      /^the cluster has no topic sms\.send$/,
      /sms-bridge topics create/,
      true,
    ],
    [
      'a missing right on Kafka',
      toKafkaError(kafka('TOPIC_AUTHORIZATION_FAILED', 'Not authorized to access topics')),
      /Not authorized/,
      /kafka-acls\.sh/,
      true,
    ],
    ['a port in use', system('EADDRINUSE', 'listen EADDRINUSE'), /listen/, /HEALTH_PORT, or HTTP_PORT/, true],
    [
      'an exchange file',
      new BridgeError('CONFIG_INVALID', 'EXCHANGE_FILE: none'),
      /EXCHANGE_FILE/,
      /Set the variables/,
      true,
    ],
  ])('%s is explained, with advice', (_, error, text, advice, person) => {
    expect(error.message).toMatch(text);
    expect(adviceByCode(error)).toMatch(advice);
    expect(needsPerson(error)).toBe(person);
  });

  it('names every address of a host that none answers at', () => {
    const each = [new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')];
    const both = Object.assign(new AggregateError(each, ''), { code: 'ECONNREFUSED' });
    expect(toDatabaseError(both).message).toContain('::1:5432, connect ECONNREFUSED 127.0.0.1:5432');
  });
});
