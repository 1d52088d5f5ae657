import {
  describeSource,
  parseLetterId,
  replayOf,
  replayTarget,
  toLetter,
  toReplay,
  toReplayNote,
} from '../../../cli/dead-letters/dead-letter';
import { toTopicNames } from '../../../shared/kafka/kafkajs/topics';
import type { KafkaRecord, OutgoingRecord, RecordSink } from '../../../shared/kafka/ports';
import { createPublishDeadLetters } from '../../../shared/kafka/publish-dead-letters';

const TOPICS = toTopicNames('t.');

const original: KafkaRecord = {
  topic: 't.sms.send',
  partition: 2,
  offset: 17,
  key: Buffer.from('8613800138000'),
  value: Buffer.from([1, 2, 255]),
  headers: Object.fromEntries(
    ['reason', 'replay-of', 'original-a', '__proto__', 'traceparent'].map((name) => [name, Buffer.from(name)]),
  ),
  timestamp: 5,
};

/** Returns the record as the dead-letter topic returns it. */
const asStored = (record: OutgoingRecord): KafkaRecord => ({
  topic: record.topic,
  partition: record.partition ?? 0,
  offset: 3,
  key: record.key === null ? null : Buffer.from(record.key),
  value: record.value,
  headers: Object.fromEntries(
    Object.entries(record.headers ?? {}).map(([name, value]) => [name, Buffer.from([value].flat().at(-1) ?? '')]),
  ),
  timestamp: 9,
});

const letterOf = async (): Promise<KafkaRecord> => {
  const published: OutgoingRecord[] = [];
  const sink: Pick<RecordSink, 'publish'> = { publish: async (records) => void published.push(...records) };
  await createPublishDeadLetters(
    sink,
    TOPICS.deadLetter,
  )([{ record: original, reason: 'MALFORMED', message: 'field to' }]);
  return asStored(published[0] as OutgoingRecord);
};

const withHeaders = (headers: Readonly<Record<string, string>>) =>
  toLetter(asStored({ topic: TOPICS.deadLetter, key: null, value: null, headers }));

describe('a dead letter', () => {
  it('is replayed with the bytes, key and headers that its record had', async () => {
    const stored = await letterOf();
    expect(replayTarget(toLetter(stored), TOPICS)).toEqual({ ok: true, value: 't.sms.send' });
    const { topic, key, value, headers, partition } = toReplay(stored, 't.sms.send');
    expect({ topic, key, value, headers, partition }).toEqual({
      topic: 't.sms.send',
      key: original.key,
      value: original.value,
      headers: original.headers,
      partition: undefined,
    });
  });

  it('is replayed with all headers of one name', () => {
    const stored = asStored({ topic: TOPICS.deadLetter, key: null, value: null, headers: { reason: 'EMPTY' } });
    const allHeaders = ['1', '2'].map((value) => ['original-a', Buffer.from(value)] as const);
    expect(toReplay({ ...stored, allHeaders }, 't.sms.send').headers).toEqual({
      a: [Buffer.from('1'), Buffer.from('2')],
    });
  });

  it('from before headers had a prefix is replayed with those that its record had', () => {
    const headers = { 'message-id': 'm-1', reason: 'EMPTY', message: 'm', 'source-topic': 't.sms.send' };
    const stored = asStored({ topic: TOPICS.deadLetter, key: null, value: null, headers });
    expect(toReplay(stored, 't.sms.send').headers).toEqual({ 'message-id': Buffer.from('m-1') });
  });

  it('is no note about another one because its record had such a header', () => {
    const headers = { 'replay-of': '0/17', reason: 'EMPTY', 'source-topic': 't.sms.send' };
    expect(replayOf(asStored({ topic: TOPICS.deadLetter, key: null, value: null, headers }))).toBeUndefined();
  });

  it('names its origin', async () => {
    expect(describeSource(toLetter(await letterOf()).source)).toBe('t.sms.send/2@17');
    expect(describeSource(withHeaders({ 'source-table': 'CLIENT_SMS_REPORT', 'source-seq': '4' }).source)).toBe(
      'CLIENT_SMS_REPORT #4',
    );
    expect(describeSource(withHeaders({}).source)).toBe('unknown');
  });

  it('is recorded as replayed in its own partition', async () => {
    const stored = await letterOf();
    const note = asStored(toReplayNote(stored, 't.sms.send'));
    expect(replayOf(note)).toBe('0/3');
    expect([note.topic, note.partition]).toEqual([stored.topic, stored.partition]);
    expect(replayOf(stored)).toBeUndefined();
  });

  it.each([
    [{ 'source-topic': 'payments' }, 'not a topic of this platform'],
    [{ 'source-topic': 't.sms.dead-letter' }, 'not a topic of this platform'],
    [{ 'source-topic': 'sms.send' }, 'not a topic of this platform'],
    [{ 'source-table': 'CLIENT_SMS_RECV', 'source-seq': '1' }, 'a row of CLIENT_SMS_RECV'],
    [{ 'source-topic': 't.sms.send', 'truncated-from-bytes': '90000' }, 'beginning of its 90000 bytes'],
    [{ 'source-topic': 't.sms.send', reason: 'BATCH_UNREADABLE' }, 'a whole batch that could not be read'],
    [{}, 'its origin is unknown'],
  ])('is not replayed with %j', (headers, why) => {
    expect(replayTarget(withHeaders(headers), TOPICS)).toEqual({ ok: false, problem: expect.stringContaining(why) });
  });

  it('of a kept acknowledgement returns to the topic of acknowledgements', () => {
    expect(replayTarget(withHeaders({ 'source-table': 'sm_receive_ack' }), TOPICS)).toEqual({
      ok: true,
      value: 't.sms.received.ack',
    });
  });

  it('has an id', () => {
    expect(parseLetterId('2/17')).toEqual({ partition: 2, offset: 17 });
    for (const id of ['', '17', 'a/b', '1/', '-1/2'])
      expect(() => parseLetterId(id)).toThrow('not the id of a dead letter');
  });
});
