import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { RecordSink } from '../../shared/kafka/ports';
import { runCli, startCli } from '../support/run-cli';
import { createTestTopics, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { smsReceivedEvent, smsStatusEvent } from '../unit/cli/sample-events';

let world: TestTopics;
let codecs: Codecs;
let sink: RecordSink;

beforeEach(async () => {
  world = await createTestTopics(2);
  codecs = await openCodecs();
  sink = await openRecordSink(world.kafka, { logger: silentLogger });
});
afterEach(() => sink.close());

const connections = () => ['--kafka', testBrokers(), '--topic-prefix', world.prefix];
const tail = (...args: readonly string[]) => runCli(['tail', ...args, ...connections()]);

const publishStatus = (change: Partial<SmsStatus>) => {
  const status = smsStatusEvent(change);
  return sink.publish([{ topic: world.topics.status, key: status.messageId, value: codecs.status.encode(status) }]);
};
const publishReceived = (change: Partial<SmsReceived>) => {
  const received = smsReceivedEvent(change);
  return sink.publish([{ topic: world.topics.received, key: received.from, value: codecs.received.encode(received) }]);
};

describe('sms-bridge tail', () => {
  it('shows existing records, with masked numbers', async () => {
    await publishStatus({ messageId: 'm-1', to: '8613800138000' });
    await publishReceived({ from: '8613900139000', content: '退订\u001b[2J' });
    const { code, stdout, stderr } = await tail('--from-beginning', '--no-follow');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/DELIVERED +m-1 +billing +86138\*\*\*\*8000 +DELIVRD/);
    expect(stdout).toMatch(/RECEIVED +86139\*\*\*\*9000 → 10698001 +billing +退订\\u001b\[2J/);
    for (const hidden of ['8613800138000', '8613900139000', '\u001b']) expect(stdout).not.toContain(hidden);
    expect((await tail('status', '--from-beginning', '--no-follow', '--show-numbers')).stdout).toContain(
      '8613800138000',
    );
  });

  it('begins at the end by default, and ends at Ctrl-C', async () => {
    await publishStatus({ messageId: 'before' });
    const cli = startCli(['tail', 'status', '--json', ...connections()]);
    // published until the first one is seen: from then on tail reads new records
    await waitUntil('it watches', async () => {
      await publishStatus({ messageId: 'probe' });
      return cli.stdout().includes('probe');
    });
    await publishStatus({ messageId: 'after' });
    await waitUntil('it sees', () => cli.stdout().includes('after'));
    cli.child.kill('SIGINT');
    const { code, json } = await cli.result;
    expect(code).toBe(0);
    expect(new Set(json().map(({ messageId }) => messageId))).toEqual(new Set(['probe', 'after']));
  });

  it('leaves no consumer group, and changes no other', async () => {
    await publishStatus({});
    await tail('--from-beginning', '--no-follow');
    const admin = world.kafka.admin();
    await admin.connect();
    const { groups } = await admin.listGroups();
    await admin.disconnect();
    expect(groups.filter(({ groupId }) => groupId.includes(world.prefix))).toEqual([]);
  });

  it('shows the last records with -n, and watches on with --follow', async () => {
    for (let i = 1; i <= 5; i += 1) await publishStatus({ messageId: `m-${i}`, appId: i < 4 ? 'billing' : 'outage' });
    await publishReceived({ receivedId: 'r-1' });
    const ids = async (...args: readonly string[]) =>
      (await tail('--json', ...args)).json().map(({ messageId, receivedId }) => messageId ?? receivedId);
    expect(await ids('-n', '3')).toEqual(['m-4', 'm-5', 'r-1']);
    expect(await ids('-n', '2', '--app', 'billing', 'status')).toEqual(['m-2', 'm-3']);
    const cli = startCli(['tail', 'status', '-n', '1', '--follow', '--json', ...connections()]);
    await waitUntil('it shows the last', () => cli.stdout().includes('m-5'));
    await publishStatus({ messageId: 'm-6' });
    await waitUntil('it sees the next', () => cli.stdout().includes('m-6'));
    cli.child.kill('SIGINT');
    expect((await cli.result).json().map(({ messageId }) => messageId)).toEqual(['m-5', 'm-6']);
  });

  it('filters by application and message, and stops after --limit', async () => {
    for (const [messageId, appId] of [
      ['m-1', 'billing'],
      ['m-2', 'outage'],
      ['m-3', 'billing'],
    ] as const) {
      await publishStatus({ messageId, appId });
    }
    const ids = async (...args: readonly string[]) =>
      (await tail('status', '--from-beginning', '--no-follow', '--json', ...args))
        .json()
        .map(({ messageId }) => messageId);
    expect((await ids('--app', 'billing')).sort()).toEqual(['m-1', 'm-3']);
    expect(await ids('--message-id', 'm-2')).toEqual(['m-2']);
    expect((await tail('status', '--from-beginning', '--limit', '2', '--json')).json()).toHaveLength(2);
  });

  it('shows records that it cannot decode, and continues', async () => {
    await sink.publish([{ topic: world.topics.status, key: 'k', value: Buffer.from('garbage') }]);
    await publishStatus({ messageId: 'm-1' });
    const { code, stdout } = await tail('status', '--from-beginning', '--no-follow');
    expect(code).toBe(0);
    expect(stdout).toMatch(/UNREADABLE .*sms\.status\/\d@0/);
    expect(stdout).toContain('m-1');
  });

  it('ends quietly when its reader closes the pipe', async () => {
    await publishStatus({});
    const cli = startCli(['tail', 'status', '--from-beginning', ...connections()]);
    cli.child.stdout?.once('data', () => cli.child.stdout?.destroy());
    await waitUntil('it ends', async () => {
      await publishStatus({});
      return cli.child.exitCode !== null;
    });
    expect(cli.child.exitCode).toBe(0);
  });
});
