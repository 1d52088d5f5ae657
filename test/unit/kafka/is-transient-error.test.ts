import { isTransientError, toKafkaError } from '../../../shared/kafka/kafkajs/kafka-errors';

const errors = require('kafkajs/src/errors') as Record<string, new (...values: unknown[]) => Error>;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

/** kafkajs reports every interruption of the SASL exchange under this name. */
const brokenLogin = (text: string): Error => new errors.KafkaJSSASLAuthenticationError!(`SASL ${text}`);

describe('isTransientError', () => {
  it.each([
    ['no coordinator', new errors.KafkaJSGroupCoordinatorNotFound!('Failed to find group coordinator')],
    ['a timeout', new errors.KafkaJSLockTimeout!('Timeout')],
    ['a topic that does not exist yet', createErrorFromCode(3)],
    ['a coordinator that is loading', createErrorFromCode(14)],
    ['a full disk', createErrorFromCode(56)],
    ['a closed connection', new errors.KafkaJSConnectionClosedError!('Closed connection', {})],
    [
      'a broker that stops during the login',
      brokenLogin('PLAIN authentication failed: Connection closed by the server'),
    ],
    ['a login without an answer', brokenLogin('PLAIN authentication failed: Request SaslAuthenticate timed out')],
    ['a login that was cut off', brokenLogin('SCRAM SHA512 authentication failed: read ECONNRESET')],
  ])('is true for %s', (_, error) => expect(isTransientError(error)).toBe(true));

  it.each([
    ['a wrong password', new errors.KafkaJSSASLAuthenticationError!('SASL SCRAM SHA512 authentication failed')],
    [
      'a certificate of another authority',
      new errors.KafkaJSConnectionError!('Connection error', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
    ],
    ['no right on the topic', createErrorFromCode(29)],
    ['no right on the group', createErrorFromCode(30)],
    ['no right on the group, after retries', new errors.KafkaJSNumberOfRetriesExceeded!(createErrorFromCode(30), {})],
    ['a group of another kind', createErrorFromCode(23)],
    ['a broker that does not know the request', createErrorFromCode(35)],
    ['a compression that cannot be read', new errors.KafkaJSNotImplemented!('no codec')],
    ['an error of the program', new TypeError('undefined is not a function')],
  ])('is false for %s', (_, error) => expect(isTransientError(error)).toBe(false));

  it('does not take an interrupted login for a wrong password', () => {
    const error = toKafkaError(brokenLogin('PLAIN authentication failed: Closed connection'));
    expect(error).toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true });
    expect(toKafkaError(brokenLogin('PLAIN authentication failed: Invalid username'))).toMatchObject({
      code: 'KAFKA_LOGIN',
    });
  });
});
