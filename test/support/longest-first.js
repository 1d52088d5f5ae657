const Sequencer = require('@jest/test-sequencer').default;

/**
 * The slowest tests, slowest first: started last, one of them would run alone at the end. Jest
 * learns durations, but a fresh clone has none.
 */
const LONGEST = [
  'e2e/relay-locked-messages',
  'e2e/demo',
  'e2e/bridge-under-kills',
  'e2e/first-start',
  'e2e/demo-keep',
  'e2e/servers-restarted',
  'e2e/brokers-lost',
  'integration/oracle-answers-alike',
  'e2e/relay-killed-at-each-step',
  'integration/producer-http',
  'e2e/relay-table-faults',
  'e2e/relays-together',
  'integration/oracle-migration-broken-off',
  'e2e/relay-oracle-faults',
  'integration/oracle-dba',
  'integration/services-secured',
  'integration/producer-intake',
  'e2e/demo-on-stand-in',
  'integration/servers',
  'integration/oracle-character-sets',
  'integration/migrations',
  'e2e/province-clock',
  'integration/cli-oracle-install',
  'e2e/open-transaction',
  'integration/cli-publish',
  'integration/services-secured-oracle',
  'integration/kafka-several-brokers',
  'integration/exchange-clock',
  'integration/oracle-answers',
  'integration/collector-unreadable',
  'integration/cli-doctor',
  'integration/access-rights',
  'integration/collector-killed-at-each-step',
  'integration/kafka-consumer-restarted',
  'e2e/schema-registry',
  'integration/compose-oracle',
  'integration/oracle-vanished-host',
  'e2e/relay-back-at-once',
  'e2e/operations-procedures',
  'integration/cli-arguments',
  'integration/database-character-set',
  'integration/simulator-processes',
  'integration/access-roles',
  'integration/exchange-columns',
  'integration/collector-rows',
  'e2e/bad-batches',
  'integration/kafka-secured',
  'integration/cli-setup',
  'e2e/relay-back-pressure',
  'integration/kafka-batch-source',
  'integration/indexes',
  'integration/kafka-record-sink',
  'integration/collector-table-faults',
  'integration/oracle-answers-failures',
  'integration/collector-on-oracle',
  'integration/producer-outage',
  'integration/collector-outage',
  'integration/oracle-migrations',
  'integration/cli-app',
  'integration/archiver-killed-at-each-step',
  'integration/collector-any-rows',
  'integration/cli-oracle',
  'integration/collector-batches',
  'integration/collector-matching',
  'integration/simulator-database',
  'integration/relay-oracle',
];

const placeOf = ({ path }) => {
  const place = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return place < 0 ? LONGEST.length : place;
};

/** The slowest tests first, then jest's order. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
};
