import { isMendedByTime } from '../../../services/shared/kafka/kafka-errors';

const errors = require('kafkajs/src/errors') as Record<string, new (...values: unknown[]) => Error>;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

describe('isMendedByTime', () => {
  it.each([
    ['no coordinator', new errors.KafkaJSGroupCoordinatorNotFound!('Failed to find group coordinator')],
    ['a timeout', new errors.KafkaJSLockTimeout!('Timeout')],
    ['a topic that is not there yet', createErrorFromCode(3)],
    ['a coordinator that is loading', createErrorFromCode(14)],
    ['a disk that is full', createErrorFromCode(56)],
    ['a connection that was closed', new errors.KafkaJSConnectionClosedError!('Closed connection', {})],
  ])('true: %s', (_, error) => expect(isMendedByTime(error)).toBe(true));

  it.each([
    ['a wrong password', new errors.KafkaJSSASLAuthenticationError!('SASL SCRAM SHA512 authentication failed')],
    [
      'a certificate of another authority',
      new errors.KafkaJSConnectionError!('Connection error', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
    ],
    ['no right on the topic', createErrorFromCode(29)],
    ['no right on the group', createErrorFromCode(30)],
    [
      'no right on the group, behind repetitions',
      new errors.KafkaJSNumberOfRetriesExceeded!(createErrorFromCode(30), {}),
    ],
    ['a group of another kind', createErrorFromCode(23)],
    ['a broker that does not know the request', createErrorFromCode(35)],
    ['a compression that is not read', new errors.KafkaJSNotImplemented!('no codec')],
    ['an error of the program', new TypeError('undefined is not a function')],
  ])('false: %s', (_, error) => expect(isMendedByTime(error)).toBe(false));
});
