import type { ApplicationDirectory } from '../../shared/accounts/application-directory';
import type { Codec } from '../../shared/avro/codec-port';
import type { SmsSend } from '../../shared/avro/records';
import type { Database } from '../../shared/database/open-database';
import { inTransaction, type Tx } from '../../shared/database/transaction';
import type { ExchangeNames } from '../../shared/exchange/exchange-names';
import { atMost } from '../../shared/lifecycle/at-most';
import type { CrashPoint } from '../../shared/lifecycle/crash-point';
import type { Country } from '../../shared/sms/normalise-msisdn';
import { validateSend } from '../../shared/sms/validate-send';
import { planBatch } from '../core/plan-batch';
import type { RelayPorts } from '../relay-batch';
import { createHandOver } from './hand-over';
import { createFindKnownMessages } from './known-messages';
import { createRelayOffsets } from './relay-offsets';

/** Everything `relayBatch` needs, on a database, a codec and a publisher. */
export const createRelayPorts = (world: {
  readonly config: { readonly RELAY_SLOTS: number; readonly CONTENT_MAX: number; readonly COUNTRY: string };
  readonly db: Database;
  readonly names: ExchangeNames;
  readonly groupId: string;
  readonly codec: Codec<SmsSend>;
  readonly directory: Pick<ApplicationDirectory, 'application' | 'learn'>;
  readonly publish: RelayPorts<Tx>['publish'];
  readonly crashPoint: CrashPoint;
}): RelayPorts<Tx> => {
  const { config, db, codec, directory, groupId } = world;
  const offsets = createRelayOffsets(db);
  // one batch more than transactions is in hand: read and planned while the database works on the others
  const oneOfFew = atMost(config.RELAY_SLOTS);
  const limits = {
    country: config.COUNTRY as Country,
    contentMax: config.CONTENT_MAX,
    msgFmt: world.names.codes.msgFmt,
  };
  return {
    read: async (records) => {
      await codec.learn(records.map(({ value }) => value));
      const read = records.map((record) => ({ record, message: codec.decode(record.value) }));
      await directory.learn(new Set(read.flatMap(({ message }) => (message.ok ? [message.value.appId] : []))));
      return read;
    },
    plan: (read, now) =>
      planBatch(read, (message) => validateSend(message, directory.application(message.appId), limits, now), now),
    inTransaction: (work) => oneOfFew(() => inTransaction(db, work)),
    lockOffsets: (tx, partitions) => offsets.lock(tx, groupId, partitions),
    handOver: createHandOver(db, world.names),
    findKnown: createFindKnownMessages(db),
    advanceOffsets: (tx, next, messageIds) => offsets.advance(tx, groupId, next, messageIds),
    publish: world.publish,
    now: Date.now,
    crashPoint: world.crashPoint,
  };
};
