import { openCodecs } from '../../shared/avro/open-codecs';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { KafkaRecord, RecordSink } from '../../shared/kafka/ports';
import { createPublishDeadLetters } from '../../shared/kafka/publish-dead-letters';
import { useStandingCli } from '../support/run-cli';
import { smsSendMessage } from '../support/sms-send-message';
import { createTestTopics, readTopic, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';

let world: TestTopics;
let sink: RecordSink;

beforeEach(async () => {
  world = await createTestTopics(2);
  sink = await openRecordSink(world.kafka, { logger: silentLogger });
});
afterEach(() => sink.close());

const runCli = useStandingCli();
const letters = (...args: readonly string[]) =>
  runCli(['dead-letters', ...args, '--kafka', testBrokers(), '--topic-prefix', world.prefix]);

const record = (offset: number, value: Buffer | null): KafkaRecord => ({
  topic: world.topics.send,
  partition: 1,
  offset,
  key: Buffer.from('8613800138000'),
  value,
  headers: { traceparent: Buffer.from('00-1'), reason: Buffer.from('mine'), many: Buffer.from('2') },
  allHeaders: Object.entries({ traceparent: '00-1', reason: 'mine', many: '1' })
    .map(([name, value]) => [name, Buffer.from(value)] as const)
    .concat([['many', Buffer.from('2')]]),
  timestamp: 1,
});

const bury = (offset: number, value: Buffer | null, reason: string): Promise<void> =>
  createPublishDeadLetters(
    sink,
    world.topics.deadLetter,
  )([{ record: record(offset, value), reason, message: `about ${offset}` }]);

const buryRow = (): Promise<void> =>
  sink.publish([
    {
      topic: world.topics.deadLetter,
      key: '7',
      value: Buffer.from('{"SEQ_ID":7,"STAT":null}'),
      headers: { reason: 'STAT_MISSING', message: 'no STAT', 'source-table': 'CLIENT_SMS_REPORT', 'source-seq': '7' },
    },
  ]);

const encodeSend = async (messageId: string): Promise<Buffer> =>
  (await openCodecs()).send.encode(smsSendMessage({ messageId }));

const open = async () => (await letters('list', '--json')).json();
const replayed = () => readTopic(world.kafka, world.topics.send);

describe('sms-bridge dead-letters', () => {
  it('lists records with reason and source', async () => {
    expect((await letters('list')).stdout).toBe('no dead letters\n');
    await bury(17, Buffer.from([1, 2, 255]), 'MALFORMED');
    await buryRow();
    const { code, stdout } = await letters('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d\/\d .*MALFORMED +\S*sms\.send\/1@17 +3 +about 17/);
    expect(stdout).toMatch(/STAT_MISSING +CLIENT_SMS_REPORT #7/);
    expect((await letters('list', '--reason', 'malformed', '--json')).json()).toEqual([
      expect.objectContaining({
        reason: 'MALFORMED',
        source: { kind: 'topic', topic: world.topics.send, partition: 1, offset: 17 },
        bytes: 3,
        replayed: false,
      }),
    ]);
  });

  it('shows one record: bytes as a dump, text as text, and the headers', async () => {
    await bury(17, Buffer.from([1, 2, 255]), 'MALFORMED');
    await buryRow();
    const all = await open();
    const [binary, row] = ['MALFORMED', 'STAT_MISSING'].map((reason) => all.find((letter) => letter.reason === reason));
    const shown = await letters('show', binary?.id as string);
    expect(shown.stdout).toMatch(/00000000 {2}01 02 ff/);
    expect(shown.stdout).toMatch(/original-traceparent: 00-1/);
    expect(shown.stdout).toMatch(/original-many: 1\n +original-many: 2/);
    expect(shown.stdout).toContain('still cannot be read');
    const shownRow = await letters('show', row?.id as string);
    expect(shownRow.stdout).toContain('{"SEQ_ID":7,"STAT":null}');
    expect(shownRow.stdout).toMatch(/replay +not possible: it is a row of CLIENT_SMS_REPORT/);
    const [value] = (await letters('show', binary?.id as string, '--json')).json();
    expect(value).toMatchObject({ valueBase64: 'AQL/', replayTo: world.topics.send, readableNow: false });
    expect(value).toMatchObject({
      headers: { reason: 'MALFORMED', 'original-reason': 'mine', 'original-many': ['1', '2'] },
    });
    const unknown = await letters('show', '1/999');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('no dead letter 1/999')]);
  });

  it('replays the original bytes, key and headers once', async () => {
    const value = await encodeSend('m-1');
    await bury(17, value, 'MALFORMED');
    await bury(18, null, 'EMPTY');
    const [letter] = (await letters('list', '--reason', 'MALFORMED', '--json')).json();
    const id = letter?.id as string;

    expect((await letters('replay', id, '--dry-run')).stdout).toContain(`would replay ${id}`);
    expect(await replayed()).toEqual([]);

    const { code, stdout } = await letters('replay', id);
    expect([code, stdout]).toEqual([0, `replayed ${id} to ${world.topics.send}\n1 replayed, 0 left\n`]);
    const [back] = await replayed();
    expect([back?.key?.toString(), back?.value, back?.headers]).toEqual([
      '8613800138000',
      value,
      record(17, value).headers,
    ]);

    const again = await letters('replay', id);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('already replayed')]);
    expect(await replayed()).toHaveLength(1);
    expect((await open()).map(({ reason }) => reason)).toEqual(['EMPTY']);
    expect((await letters('list', '--all', '--json')).json()).toHaveLength(2);

    expect((await letters('replay', id, '--again')).code).toBe(0);
    expect(await replayed()).toHaveLength(2);
  });

  it('leaves bytes that still cannot be read: they would only be a new dead letter', async () => {
    await bury(17, Buffer.from([1, 2, 255]), 'MALFORMED');
    await bury(18, await encodeSend('m-1'), 'MALFORMED');
    const dry = await letters('replay', '--reason', 'MALFORMED', '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([1, expect.stringContaining('1 would be replayed, 1 left')]);
    const { code, stdout } = await letters('replay', '--reason', 'MALFORMED');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/left \d\/\d: its bytes still cannot be read: .*1 replayed, 1 left/s),
    ]);
    expect(await replayed()).toHaveLength(1);
  });

  it('replays all records of a reason that were not replayed, and names those that it cannot', async () => {
    for (let offset = 0; offset < 450; offset += 1)
      await bury(offset, await encodeSend(`m-${offset}`), 'UNKNOWN_SCHEMA');
    await bury(999, Buffer.from('other'), 'EMPTY');
    await buryRow();
    const first = (await open()).find(({ reason }) => reason === 'UNKNOWN_SCHEMA');
    await letters('replay', first?.id as string);
    const { code, stdout } = await letters('replay', '--reason', 'UNKNOWN_SCHEMA');
    expect([code, stdout]).toEqual([0, expect.stringContaining('449 replayed, 0 left')]);
    const values = (await replayed()).map(({ value }) => value?.toString('hex'));
    expect(new Set(values).size).toBe(450);
    expect(values).toHaveLength(450);
    const rest = await letters('replay', '--reason', 'STAT_MISSING', '--json');
    expect([rest.code, rest.json()]).toEqual([1, [expect.objectContaining({ result: 'left' })]]);
    expect((await letters('replay', '--reason', 'UNKNOWN_SCHEMA')).stdout).toContain('0 replayed, 0 left');
  });
});
