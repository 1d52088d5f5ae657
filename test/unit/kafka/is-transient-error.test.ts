import { isTransientError, toKafkaError } from '../../../shared/kafka/kafkajs/kafka-errors';

const errors = require('kafkajs/src/errors') as Record<string, new (...values: unknown[]) => Error>;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

/** kafkajs calls every end of the log-in's exchange by this name. */
const brokenLogin = (text: string): Error => new errors.KafkaJSSASLAuthenticationError!(`SASL ${text}`);

describe('isTransientError', () => {
  it.each([
    ['no coordinator', new errors.KafkaJSGroupCoordinatorNotFound!('Failed to find group coordinator')],
    ['a timeout', new errors.KafkaJSLockTimeout!('Timeout')],
    ['a topic that is not there yet', createErrorFromCode(3)],
    ['a coordinator that is loading', createErrorFromCode(14)],
    ['a disk that is full', createErrorFromCode(56)],
    ['a connection that was closed', new errors.KafkaJSConnectionClosedError!('Closed connection', {})],
    [
      'a broker that stops while we log in',
      brokenLogin('PLAIN authentication failed: Connection closed by the server'),
    ],
    ['a log-in without an answer', brokenLogin('PLAIN authentication failed: Request SaslAuthenticate timed out')],
    ['a log-in that was cut off', brokenLogin('SCRAM SHA512 authentication failed: read ECONNRESET')],
  ])('true: %s', (_, error) => expect(isTransientError(error)).toBe(true));

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
  ])('false: %s', (_, error) => expect(isTransientError(error)).toBe(false));

  it('and a log-in that broke off is not called a wrong password', () => {
    const error = toKafkaError(brokenLogin('PLAIN authentication failed: Closed connection'));
    expect(error).toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true });
    expect(toKafkaError(brokenLogin('PLAIN authentication failed: Invalid username'))).toMatchObject({
      code: 'KAFKA_LOGIN',
    });
  });
});
