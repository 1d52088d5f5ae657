import { databaseVariables } from '../../shared/config/database-variables';
import { type ConfigOf, defineConfig, flag, integer, optional, text } from '../../shared/config/define-config';
import { kafkaVariables } from '../../shared/config/kafka-variables';
import { messageVariables } from '../../shared/config/message-variables';
import { serviceVariables } from '../../shared/config/service-variables';

export const producerConfig = defineConfig(
  'producer',
  'takes messages over HTTP and from SM_SEND_T, and publishes them on sms.send.',
  {
    ...serviceVariables,
    ...kafkaVariables,
    ...databaseVariables,
    ...messageVariables,
    ACCOUNTS_REFRESH_SECONDS: integer({
      doc: 'How often LOGIN_USER is read again. A disabled account and an old key stop working after this time at most. A new account or key works after this time, at latest; one that is not known yet is looked up at once, but not more than once a second for all callers.',
      default: '1',
      min: 1,
      max: 3600,
    }),
    HTTP_HOST: text({ doc: 'Address that the HTTP interface listens on.', default: '0.0.0.0' }),
    HTTP_PORT: integer({
      doc: 'Its port; 0 takes a free one (the log line "http" names it).',
      default: '8080',
      max: 65535,
    }),
    HTTP_TLS_CERT_FILE: optional(
      text({ doc: 'PEM file with the certificate (chain) of the HTTP interface; unset: plain HTTP.' }),
    ),
    HTTP_TLS_KEY_FILE: optional(text({ doc: 'PEM file with the key of that certificate.' })),
    HTTP_BODY_LIMIT_BYTES: integer({
      doc: 'Longest request body; a batch of 1000 messages with text of 200 characters has about 1 MB.',
      default: '4194304',
      min: 1024,
      max: 67_108_864,
    }),
    HTTP_HEADER_LIMIT_BYTES: integer({ doc: 'Longest request head.', default: '16384', min: 1024, max: 1_048_576 }),
    HTTP_REQUEST_TIMEOUT_MS: integer({
      doc: 'A request that has not arrived completely after this time, or up to 5 s later, is refused (408).',
      default: '30000',
      min: 100,
    }),
    HTTP_CONNECTIONS_PER_ADDRESS: integer({
      doc: 'Connections that one address may hold open; more are closed at once. A load balancer is one address; 0: any number.',
      default: '1000',
      min: 0,
    }),
    HTTP_ANSWER_TIMEOUT_MS: integer({
      doc: 'Without an acknowledgement from Kafka after this time, the answer is 503.',
      default: '7000',
      min: 100,
      max: 60_000,
    }),
    HTTP_PENDING_MAX: integer({
      doc: 'Messages that wait for Kafka at most; beyond that the answer is 503 OVERLOADED at once.',
      default: '20000',
      min: 1,
    }),
    HTTP_PENDING_MAX_PER_APPLICATION: integer({
      doc: 'Messages of one application that wait for Kafka at most, and never more than half of the room that is left; beyond that the answer is 429. LOGIN_USER.MAX_PENDING is this for one application.',
      default: '5000',
      min: 1,
    }),
    RATE_LIMIT_PER_SECOND: integer({
      doc: 'Requests that each API key may make in a second, on each instance; 0: any number.',
      default: '2000',
      min: 0,
    }),
    RATE_LIMIT_MESSAGES_PER_SECOND: integer({
      doc: 'Messages that each application may send over HTTP in a second, on each instance; 0: any number. A batch may be larger: the next one waits longer. LOGIN_USER.RATE_MESSAGES is this for one application.',
      default: '5000',
      min: 0,
    }),
    RATE_LIMIT_BYTES_PER_SECOND: integer({
      doc: 'Bytes of bodies that each application may send in a second, on each instance; 0: any number. LOGIN_USER.RATE_BYTES is this for one application.',
      default: '8388608',
      min: 0,
    }),
    RATE_LIMIT_AHEAD_PER_HOUR: integer({
      doc: 'Cancellations with `?ahead=true` of ids that are not known, which each application may make in an hour, on each instance; 0: any number. Each is a row of SM_SEND_T for 34 days.',
      default: '1000',
      min: 0,
    }),
    IDEMPOTENCY_MEMORY: integer({
      doc: 'Messages whose body each instance remembers, to tell a repeated message from a different one with the same key.',
      default: '50000',
      min: 1,
    }),
    RECEIVED_SETTLE_SECONDS: integer({
      doc: 'GET /v1/received reads this span of records again, so that rows that were committed late are not skipped.',
      default: '120',
      min: 1,
      max: 3600,
    }),
    INTAKE_ENABLED: flag({ doc: 'Take rows of SM_SEND_T; false: HTTP only.', default: 'true' }),
    INTAKE_BATCH_SIZE: integer({ doc: 'Most rows in one transaction.', default: '500', min: 1, max: 5000 }),
    INTAKE_POLL_MIN_MS: integer({
      doc: 'First pause of the intake when there is nothing to take.',
      default: '20',
      min: 1,
    }),
    INTAKE_POLL_MAX_MS: integer({
      doc: 'Longest pause: new rows are seen after this time at most.',
      default: '500',
      min: 10,
    }),
  },
);

export type ProducerConfig = ConfigOf<(typeof producerConfig)['variables']>;
