import { Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { openBatchSource } from '../../../shared/kafka/kafkajs/open-batch-source';
import { FIELD } from '../../../shared/kafka/kafkajs/read-batch';
import { waitUntil } from '../../support/wait-until';

const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const { MemberAssignment } = require('kafkajs/src/consumer/assignerProtocol') as {
  MemberAssignment: { encode: (assignment: object) => Buffer };
};
const NOT_COORDINATOR = 16;
const COORDINATOR_LOADING = 14;
const REBALANCE_IN_PROGRESS = 27;

const TOPIC = 'sms.send';
/** A stored batch of an old format: the consumer hands it out as one unreadable record. */
const BATCH = Buffer.alloc(FIELD.records);
BATCH[FIELD.magic] = 2;

/**
 * The real consumer on a cluster whose answers a test sets: no broker can be made to fail between
 * JoinGroup and SyncGroup.
 */
const createKafka = () => {
  const failures: Partial<Record<'heartbeat' | 'join' | 'sync', Error>> = {};
  let generation = 0;
  const answer = (call: keyof typeof failures): void => {
    const error = failures[call];
    delete failures[call];
    if (error !== undefined) throw error;
  };
  const coordinator = {
    isConnected: () => true,
    joinGroup: async () => {
      answer('join');
      generation += 1;
      return {
        generationId: generation,
        leaderId: 'other',
        memberId: 'me',
        members: [],
        groupProtocol: 'RoundRobinAssigner',
      };
    },
    syncGroup: async () => {
      answer('sync');
      const memberAssignment = MemberAssignment.encode({
        version: 0,
        assignment: { [TOPIC]: [0] },
        userData: Buffer.alloc(0),
      });
      return { memberAssignment };
    },
    heartbeat: async () => answer('heartbeat'),
    leaveGroup: async () => undefined,
    offsetFetch: async () => ({ responses: [{ topic: TOPIC, partitions: [{ partition: 0, offset: '0' }] }] }),
  };
  const fetch = async ({ topics }: { topics: { partitions: { fetchOffset: string }[] }[] }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const offset = Number(topics[0]?.partitions[0]?.fetchOffset);
    const message = {
      raw: { bytes: BATCH, firstOffset: offset, lastOffset: offset },
      offset: String(offset),
      key: null,
      isControlRecord: false,
      batchContext: { producerId: '-1', inTransaction: false },
    };
    const partition = {
      partition: 0,
      errorCode: 0,
      highWatermark: String(offset + 1),
      abortedTransactions: [],
      messages: [message],
    };
    return { responses: [{ topicName: TOPIC, partitions: [partition] }] };
  };
  const committed = {};
  const done = async (): Promise<void> => undefined;
  const cluster = {
    connect: done,
    disconnect: done,
    isConnected: () => true,
    refreshMetadata: done,
    refreshMetadataIfNecessary: done,
    addMultipleTargetTopics: done,
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: 1 }],
    findGroupCoordinator: async () => coordinator,
    getNodeIds: () => [1],
    findBroker: async () => ({ nodeId: 1, lookupRequest: () => () => ({}), fetch }),
    defaultOffset: () => '-2',
    committedOffsets: () => committed,
  };
  const kafka = new Kafka({ brokers: ['none:1'], logLevel: logLevel.NOTHING });
  const createCluster = Object.getOwnPropertySymbols(kafka).find((symbol) => String(symbol).includes('createCluster'))!;
  Object.assign(kafka, { [createCluster]: () => cluster });
  return { kafka, failures };
};

describe('a consumer whose group rebalances', () => {
  it.concurrent.each([
    [
      'the new coordinator still loads',
      { heartbeat: createErrorFromCode(NOT_COORDINATOR), join: createErrorFromCode(COORDINATOR_LOADING) },
    ],
    [
      'the answer to SyncGroup is lost',
      { heartbeat: createErrorFromCode(REBALANCE_IN_PROGRESS), sync: createErrorFromCode(COORDINATOR_LOADING) },
    ],
  ])('joins again and hands out batches when %s and kafkajs gives the join up', async (_, failing) => {
    const { kafka, failures } = createKafka();
    let handedOut = 0;
    let assigned = 0;
    const source = await openBatchSource(
      kafka,
      { groupId: 'g', topic: TOPIC, sessionTimeoutMs: 3_000, logger: pino({ enabled: false }), instanceId: 'i' },
      {
        onAssigned: async () => {
          assigned += 1;
          return new Map();
        },
        onBatch: () => {
          handedOut += 1;
        },
        onFatal: (error) => {
          throw error;
        },
      },
    );
    try {
      await waitUntil('batches', () => handedOut > 0, 20_000);
      Object.assign(failures, failing);
      await waitUntil('a second join', () => assigned === 2, 20_000);
      const before = handedOut;
      await waitUntil('more batches', () => handedOut > before, 20_000);
      expect(source.problem()).toBeUndefined();
    } finally {
      await source.close();
    }
  });
});
