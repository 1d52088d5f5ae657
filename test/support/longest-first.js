const Sequencer = require('@jest/test-sequencer').default;

/**
 * What takes longest in a whole run, in this order: begun last, one of them would keep a processor busy while the others have nothing left to do. Jest learns
 * durations by itself, but a fresh clone has not learned any.
 */
const LONGEST = [
  'e2e/relay-table-faults',
  'e2e/relay-locked-messages',
  'integration/migrations',
  'e2e/demo',
  'integration/oracle-character-sets',
  'integration/oracle-vanished-host',
  'integration/oracle-dba',
  'e2e/bridge-under-kills',
  'integration/oracle-answers-alike',
  'integration/exchange-clock',
  'e2e/brokers-lost',
  'e2e/servers-restarted',
  'integration/servers',
  'e2e/relay-oracle-faults',
  'integration/producer-http',
  'integration/services-secured',
  'e2e/schema-registry',
  'integration/cli-oracle-install',
  'integration/cli-doctor',
  'e2e/relays-together',
  'integration/access-rights',
  'e2e/demo-on-stand-in',
  'e2e/relay-killed-at-each-step',
  'integration/producer-intake',
  'integration/cli-setup',
  'integration/collector-unreadable',
  'integration/kafka-several-brokers',
  'integration/collector-killed-at-each-step',
  'integration/oracle-server-oddities',
  'integration/cli-publish',
  'integration/cli-app',
  'integration/oracle-answers',
  'integration/cli-arguments',
  'e2e/province-clock',
  'integration/services-secured-oracle',
  'integration/compose-oracle',
  'integration/kafka-consumer-restarted',
  'integration/simulator-processes',
  'integration/database-character-set',
  'integration/cli-archive',
  'e2e/bad-batches',
  'e2e/open-transaction',
  'integration/collector-any-rows',
  'integration/exchange-columns',
  'integration/cli-dead-letters',
  'e2e/operations-procedures',
  'integration/collector-on-oracle',
  'integration/indexes',
  'integration/oracle-answers-failures',
  'integration/kafka-batch-source',
  'integration/cli-oracle',
  'integration/collector-rows',
  'integration/access-roles',
  'integration/collector-outage',
  'integration/collector-batches',
  'integration/collector-table-faults',
];

const placeOf = ({ path }) => {
  const place = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return place < 0 ? LONGEST.length : place;
};

/** The longest first, then as jest has it. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => placeOf(a) - placeOf(b));
  }
};
