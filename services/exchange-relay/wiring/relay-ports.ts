import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { Codec } from '../../../shared/avro/codec-port';
import { decodeRecords } from '../../../shared/avro/decode-records';
import type { SmsSend } from '../../../shared/avro/records';
import type { Database, Tx } from '../../../shared/database/database';
import { inTransaction } from '../../../shared/database/transaction';
import { BridgeError } from '../../../shared/errors';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import type { CrashPoint } from '../../../shared/service/crash-point';
import { type CharacterSet, toStorable } from '../../../shared/sms/character-set';
import { type Country, normaliseAddress } from '../../../shared/sms/normalise-msisdn';
import type { NumberKind } from '../../../shared/sms/read-msisdn';
import { validateSend } from '../../../shared/sms/validate-send';
import { createSemaphore } from '../../../shared/timing/semaphore';
import type { RelayPorts } from '../batch-ports';
import { planBatch, type ReadRecord } from '../core/plan-batch';
import { createHandOver } from '../sql/hand-over';
import { createFindKnownMessages } from '../sql/known-messages';
import { createParkedRows } from '../sql/parked-rows';
import { createRelayOffsets } from '../sql/relay-offsets';
import { createParkedKeys, MAX_PARKED, type ParkedKeys } from './parked-ports';

/** Creates the ports of `relayBatch` on a database, a codec and a publisher. */
export const createRelayPorts = (deps: {
  readonly config: {
    readonly RELAY_SLOTS: number;
    readonly CONTENT_MAX: number;
    readonly COUNTRY: string;
    readonly RECIPIENTS?: readonly NumberKind[];
  };
  readonly db: Database;
  readonly characterSet: CharacterSet;
  readonly groupId: string;
  readonly codec: Codec<SmsSend>;
  readonly directory: Pick<ApplicationDirectory, 'application' | 'refreshIfUnknown'>;
  readonly publish: RelayPorts<Tx>['publish'];
  readonly crashPoint: CrashPoint;
  readonly mapping: ExchangeMapping;
  readonly parked?: ParkedKeys;
}): RelayPorts<Tx> => {
  const { config, db, codec, directory, groupId, characterSet, parked = createParkedKeys() } = deps;
  const rows = createParkedRows(db);
  const offsets = createRelayOffsets(db);
  // One batch more is in flight than there are transactions: it is read and planned while the
  // database works on the others.
  const dbSlot = createSemaphore(config.RELAY_SLOTS);
  const limits = {
    country: config.COUNTRY as Country,
    contentMax: config.CONTENT_MAX,
    characterSet,
    msgFmt: deps.mapping.codes.msgFmt,
    recipients: config.RECIPIENTS,
    destAddr: deps.mapping.destAddr,
  };
  return {
    read: async (records) => {
      const messages = await decodeRecords(codec, records);
      const read = records.map((record, i) => ({ record, message: messages[i] as ReadRecord['message'] }));
      const appIds = read.flatMap(({ message }) => (message.ok ? [message.value.appId] : []));
      await directory.refreshIfUnknown(new Set(appIds));
      return read;
    },
    plan: (read, now) =>
      planBatch(
        read,
        (message) => validateSend(message, directory.application(message.appId), limits, now),
        now,
        (text) => toStorable(text, characterSet),
        (to) => normaliseAddress(to, limits.country),
      ),
    inTransaction: (work) => dbSlot(() => inTransaction(db, work)),
    lockOffsets: (tx, partitions, atOnce) => offsets.lock(tx, groupId, partitions, atOnce),
    handOver: createHandOver(db, deps.mapping),
    isParked: parked.has,
    park: async (tx, records, cause) => {
      if (parked.size() >= MAX_PARKED)
        throw new BridgeError('TOO_MANY_PARKED', `${MAX_PARKED} records are parked already: see sms-bridge doctor`, {
          retryable: true,
        });
      for (const { message } of records) if (message.ok) parked.add(message.value);
      await rows.park(tx, groupId, records, cause, Date.now());
    },
    findKnown: createFindKnownMessages(db),
    advanceOffsets: (tx, next, messageIds) => offsets.advance(tx, groupId, next, messageIds),
    publish: deps.publish,
    now: Date.now,
    crashPoint: deps.crashPoint,
  };
};
