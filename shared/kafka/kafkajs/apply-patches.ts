import { patch as connectionErrorRetries } from './patches/connection-error-retries';
import { patch as idleTimers } from './patches/idle-timers';

type Patch = {
  readonly name: string;
  /** the version of kafkajs whose private parts it knows */
  readonly since: string;
  readonly apply: () => void;
};

/** What is changed for the whole process; `withRawBatches` changes one client. */
const PATCHES: readonly Patch[] = [idleTimers, connectionErrorRetries];

const APPLIED = Symbol.for('sms-bridge: patches applied');

/**
 * Applies the patches, once, to the kafkajs that is installed.
 * @throws Error when it is another version than theirs
 */
export const applyPatches = (): void => {
  const kafkajs = require('kafkajs') as { [APPLIED]?: true };
  if (kafkajs[APPLIED]) return;
  const { version } = require('kafkajs/package.json') as { version: string };
  for (const { name, since, apply } of PATCHES) {
    if (version !== since)
      throw new Error(
        `kafkajs ${version} is installed, and the patch "${name}" is for ${since}: read shared/kafka/kafkajs/README.md before you upgrade`,
      );
    apply();
  }
  kafkajs[APPLIED] = true;
};
