import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { registerAccount } from '../../cli/accounts/register-account';
import { type Codecs, openCodecs } from '../../shared/avro/open-codecs';
import type { SmsSend, SmsStatus } from '../../shared/avro/records';
import { openRecordSink } from '../../shared/kafka/kafkajs/open-record-sink';
import type { RecordSink } from '../../shared/kafka/ports';
import { anyCharacter } from '../support/any-character';
import { runCli, startCli } from '../support/run-cli';
import { openSchemaRegistryServer } from '../support/schema-registry-server';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { onOneEngine } from '../support/test-engines';
import { createTestTopics, readTopic, silentLogger, type TestTopics, testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { smsStatusEvent } from '../unit/cli/sample-events';

/** Oracle's driver needs it. */
const ENV = { TZ: 'UTC' };

onOneEngine('sms-bridge publish', (engine) => {
  let database: TestDatabase;
  let world: TestTopics;
  let codecs: Codecs;
  let sink: RecordSink;
  let directory: string;

  beforeAll(async () => {
    database = await createTestDatabase(undefined, engine);
    for (const username of ['billing', 'closed']) {
      await registerAccount(database.db, { username, appId: username, extCode: null, role: 'application' });
    }
    await database.run('UPDATE login_user SET enabled = $1 WHERE app_id = $2', [false, 'closed']);
    codecs = await openCodecs();
    directory = await mkdtemp(join(tmpdir(), 'sms-bridge-cli-'));
  });
  beforeEach(async () => {
    world = await createTestTopics(2);
    sink = await openRecordSink(world.kafka, { logger: silentLogger });
  });
  afterEach(() => sink.close());
  afterAll(async () => {
    await database.drop();
    await rm(directory, { recursive: true });
  });

  const env = () => ({ ...ENV, DATABASE_URL: database.url });
  const connections = () => ['--kafka', testBrokers(), '--topic-prefix', world.prefix];
  const publish = (args: readonly string[], input?: string | Buffer) =>
    runCli(['publish', ...args, ...connections()], {
      env: env(),
      ...(input === undefined ? {} : { input }),
    });

  const sent = async (): Promise<readonly SmsSend[]> =>
    (await readTopic(world.kafka, world.topics.send)).map(({ value }) => {
      const message = codecs.send.decode(value);
      if (!message.ok) throw new Error(message.problem.message);
      return message.value;
    });

  const byLine = (lines: readonly Record<string, unknown>[]) =>
    Object.fromEntries(
      lines.filter(({ line }) => line !== undefined).map(({ line, result, code }) => [line, code ?? result]),
    );

  describe('without waiting', () => {
    it('publishes one message from arguments, keyed by its recipient', async () => {
      const args = ['--app', 'billing', '--to', '+86 138-0013-8000', '--content', '停电通知', '--message-id', 'm-1'];
      const { code, stdout, stderr } = await publish([...args, '--priority', '2', '--no-report', '--context', 'c']);
      expect([code, stdout, stderr]).toEqual([0, 'published m-1\n', '']);
      const [record] = await readTopic(world.kafka, world.topics.send);
      expect(record?.key?.toString()).toBe('8613800138000');
      expect(record?.headers['message-id']?.toString()).toBe('m-1');
      expect(record?.headers['app-id']?.toString()).toBe('billing');
      expect(await sent()).toEqual([
        expect.objectContaining({
          messageId: 'm-1',
          appId: 'billing',
          content: '停电通知',
          priority: 2,
          needReport: false,
          context: 'c',
        }),
      ]);
    });

    it('gives a message without an id a UUIDv7', async () => {
      const { code, json } = await publish(['--app', 'billing', '--to', '13800138000', '--content', 'x', '--json']);
      const [published, summary] = json();
      expect(published).toMatchObject({
        result: 'published',
        messageId: expect.stringMatching(/^[0-9a-f-]{14}-?7[0-9a-f]{3}-/),
      });
      expect([code, summary]).toEqual([0, { result: 'summary', published: 1, bad: 0 }]);
      expect((await sent())[0]?.messageId).toBe(published?.messageId);
    });

    it.each([
      [['--app', 'unknown', '--to', '13800138000', '--content', 'x'], 'APP_UNKNOWN'],
      [['--app', 'closed', '--to', '13800138000', '--content', 'x'], 'APP_DISABLED'],
      [['--app', 'billing', '--to', '123', '--content', 'x'], 'RECIPIENT_INVALID'],
      [['--app', 'billing', '--to', '13800138000', '--content', ''], 'CONTENT_EMPTY'],
      [['--app', 'billing', '--to', '13800138000', '--content', 'x', '--priority', '7'], 'PRIORITY_INVALID'],
      [['--app', 'billing', '--to', '13800138000', '--content', 'x', '--expires-at', 'soon'], 'FIELD_INVALID'],
    ])('refuses %j as %s before publishing', async (args, reason) => {
      const { code, stderr } = await publish(args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^${reason} `))]);
      expect(await sent()).toEqual([]);
    });

    it('accepts the given application when there is no database to check it', async () => {
      const args = ['publish', '--app', 'unknown', '--to', '13800138000', '--content', 'x'];
      const { code, stderr } = await runCli([...args, '--kafka', testBrokers(), '--topic-prefix', world.prefix], {
        env: ENV,
      });
      expect([code, stderr]).toEqual([0, expect.stringContaining('DATABASE_URL is not set')]);
      expect(await sent()).toHaveLength(1);
    });

    it('publishes the valid lines of a CSV file and names the others', async () => {
      const file = join(directory, 'customers.csv');
      await writeFile(
        file,
        '\ufeffmessage_id;to;content;scheduled at\nm-1;13800138001;"one; with\nlines";\nm-2;12;bad;\n;13800138003;three;2099\nm-1;13800138004;four;\n;13800138005;five;\n',
      );
      const { code, stdout, stderr } = await publish([file, '--app', 'billing', '--id-prefix', 'june']);
      expect([code, stdout]).toEqual([1, '2 published, 3 bad\n']);
      expect(stderr.split('\n').map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
        'line 4: RECIPIENT_INVALID',
        'line 5: FIELD_INVALID',
        'line 6: MESSAGE_ID_REPEATED',
        '',
      ]);
      expect(new Map((await sent()).map(({ messageId, content }) => [messageId, content]))).toEqual(
        new Map([
          ['m-1', 'one; with\nlines'],
          ['june-7', 'five'],
        ]),
      );
    });

    it('reads JSON lines from standard input', async () => {
      const input =
        '{"to":13800138001,"content":"a"}\n{"to":"13800138002"}\noops\n{"to":"13800138004","content":"d","appId":"closed"}\n';
      const { code, json } = await publish(['-', '--app', 'billing', '--json'], input);
      expect(code).toBe(1);
      expect(byLine(json())).toEqual({ 1: 'published', 2: 'FIELD_MISSING', 3: 'LINE_NOT_JSON', 4: 'APP_DISABLED' });
      expect(await sent()).toHaveLength(1);
    });

    it('reads a file as a Chinese Excel saves it', async () => {
      const bytes = Buffer.concat([
        Buffer.from('to,content\r\n13800138000,'),
        Buffer.from([0xcd, 0xa3, 0xb5, 0xe7]),
        Buffer.from('\r\n'),
      ]);
      expect((await publish(['-', '--app', 'billing'], bytes)).stderr).toContain('--encoding gb18030');
      expect((await publish(['-', '--app', 'billing', '--encoding', 'gb18030'], bytes)).code).toBe(0);
      expect((await sent()).map(({ content }) => content)).toEqual(['停电']);
    });

    it.each([
      ['13800138000,hello\n', 'the first line must name the columns'],
      ['to,content,contnt\n1,2,3\n', 'unknown column "contnt"'],
      ['to,content,TO\n1,2,3\n', 'two columns are named to'],
    ])('publishes nothing of a file that begins with %j', async (input, sentence) => {
      const { code, stderr } = await publish(['-', '--app', 'billing'], input);
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
      expect(await sent()).toEqual([]);
    });

    it('reads an Excel workbook, also from standard input', async () => {
      const file = join(__dirname, '../fixtures/customers.xlsx');
      const { code, stdout, stderr } = await publish([file, '--app', 'billing', '--id-prefix', 'xl']);
      expect([code, stdout, stderr]).toEqual([0, '2 published, 0 bad\n', '']);
      const messages = await sent();
      expect(new Map(messages.map(({ messageId, to, content }) => [messageId, [to, content]]))).toEqual(
        new Map([
          ['xl-2', ['13800138000', '停电通知']],
          ['xl-4', ['13800138001', 'ab']],
        ]),
      );
      expect(messages.find(({ messageId }) => messageId === 'xl-2')?.scheduledAt).toBe(Date.UTC(2026, 10, 24));
      const again = await publish(['-', '--app', 'billing', '--sheet', '客户', '--dry-run'], await readFile(file));
      expect(again.stdout).toBe('2 good, 0 bad\n');
    });

    it('only checks with --dry-run', async () => {
      const { code, stdout } = await publish(
        ['-', '--app', 'billing', '--dry-run'],
        'to,content\n13800138000,x\n1,y\n',
      );
      expect([code, stdout]).toEqual([1, '1 good, 1 bad\n']);
      expect(await sent()).toEqual([]);
    });

    it('reports a missing topic instead of waiting for it', async () => {
      const args = ['publish', '--app', 'billing', '--to', '13800138000', '--content', 'x', '--database', database.url];
      const { code, stderr } = await runCli([...args, '--kafka', testBrokers(), '--topic-prefix', 'none.'], {
        env: env(),
      });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/none\.sms\.send.*topics create/s)]);
    });

    it("writes in the schema registry's framing when there is one", async () => {
      const registry = await openSchemaRegistryServer();
      const args = ['--app', 'billing', '--to', '13800138000', '--content', 'x', '--registry', registry.url];
      expect((await publish(args)).code).toBe(0);
      const [record] = await readTopic(world.kafka, world.topics.send);
      const [id] = registry.idsOf(`${world.topics.send}-value`);
      expect(record?.value?.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, id as number]));
      await registry.close();
    });

    it('publishes several batches from a file that is read in pieces', async () => {
      const count = 3_000;
      const rows = Array.from({ length: count }, (_, at) => `138${String(at).padStart(8, '0')},message ${at},m-${at}`);
      const { code, stdout } = await publish(['-', '--app', 'billing'], `to,content,messageId\n${rows.join('\n')}`);
      expect([code, stdout]).toEqual([0, '3,000 published, 0 bad\n']);
      expect(new Set((await sent()).map(({ messageId }) => messageId)).size).toBe(count);
    });

    it('publishes each line as it comes, and ends at Ctrl-C without waiting for the next one', async () => {
      const input = '{"to":"13800138000","content":"a"}\n{"to":"13800138000","content":"b"}\n';
      const cli = startCli(['publish', '-', '--app', 'billing', ...connections()], {
        env: env(),
        input,
        keepOpen: true,
      });
      await waitUntil('published', async () => (await sent()).length === 2);
      expect(cli.child.exitCode).toBeNull();
      cli.child.kill('SIGINT');
      const { code, stdout } = await cli.result;
      expect([code, stdout]).toEqual([130, '2 published, 0 bad\n']);
    });

    it('publishes or names each of any lines, and the valid ones among them go through', async () => {
      const valid = fc.constantFrom('{"to":"13800138000","content":"good"}');
      const broken = fc.oneof(
        fc.json(),
        fc.string({ unit: anyCharacter }),
        fc
          .record({ to: fc.anything(), content: fc.anything(), priority: fc.anything() })
          .map((value) => JSON.stringify(value, (_, at) => (typeof at === 'bigint' ? String(at) : at)) ?? ''),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.oneof(
              valid,
              broken.map((text) => text.replaceAll('\n', ' ')),
            ),
            { maxLength: 60 },
          ),
          async (lines) => {
            const input = [...lines, '{"to":"13800138000","content":"last"}'];
            const { code, stdout, stderr, json } = await publish(
              ['-', '--format', 'jsonl', '--app', 'billing', '--json'],
              input.join('\n'),
            );
            expect(stderr).toBe('');
            const summary = json().at(-1) as { published: number; bad: number };
            expect(code).toBe(summary.bad === 0 ? 0 : 1);
            const named = byLine(json());
            expect(Object.keys(named)).toHaveLength(
              input.filter((line) => line.replace(/^\ufeff/, '').trim() !== '').length,
            );
            expect(named[input.length]).toBe('published');
            expect(stdout).not.toContain('undefined');
          },
        ),
        { numRuns: 5 },
      );
    });
  });

  describe('--wait', () => {
    const answer = async (messageIds: readonly string[], change: Partial<SmsStatus> = {}): Promise<void> =>
      sink.publish(
        messageIds.map((messageId) => ({
          topic: world.topics.status,
          key: messageId,
          value: codecs.status.encode(smsStatusEvent({ messageId, ...change })),
        })),
      );
    const THREE = 'to,content,messageId\n13800138000,a,m-1\n13800138000,b,m-2\n13800138000,c,m-3\n';

    it('ends when each message has its final status', async () => {
      // a message that was not handed over gets its status again: the earlier one does not count
      await answer(['m-1'], { status: 'REJECTED', gatewayCode: null });
      const cli = startCli(['publish', '-', '--app', 'billing', '--wait', '--json', ...connections()], {
        env: env(),
        input: THREE,
      });
      await waitUntil('three published', () => cli.stdout().split('"published"').length > 3);
      await answer(['m-2', 'm-1', 'other']);
      await answer(['m-3'], { status: 'SUBMITTED', isFinal: false });
      await waitUntil('two final', () => cli.stdout().split('"final"').length > 2);
      expect(cli.child.exitCode).toBeNull();
      await answer(['m-3']);
      const { code, json } = await cli.result;
      expect(json().at(-1)).toEqual({
        result: 'summary',
        published: 3,
        bad: 0,
        final: 3,
        open: 0,
        byStatus: { DELIVERED: 3 },
      });
      expect(code).toBe(0);
    });

    it('ends with exit code 1 when a message was not delivered', async () => {
      const cli = startCli(['publish', '-', '--app', 'billing', '--wait', ...connections()], {
        env: env(),
        input: THREE,
      });
      await waitUntil('published', async () => (await readTopic(world.kafka, world.topics.send)).length === 3);
      await answer(['m-1', 'm-2']);
      await answer(['m-3'], { status: 'REJECTED', reason: 'APP_DISABLED' });
      const { code, stdout } = await cli.result;
      expect([code, stdout]).toEqual([1, '3 published, 0 bad, 2 DELIVERED, 1 REJECTED\n']);
    });

    it('tells at once which messages were sent before, and does not wait for them', async () => {
      await answer(['m-1', 'p-2'], { status: 'DELIVERED' });
      await answer(['m-2', 'p-3'], { status: 'UNDELIVERED', gatewayCode: 'EXPIRED' });
      const given = startCli(['publish', '-', '--app', 'billing', '--wait', ...connections()], {
        env: env(),
        input: THREE,
      });
      await waitUntil('published', async () => (await readTopic(world.kafka, world.topics.send)).length === 3);
      await answer(['m-3']);
      const { code, stdout, stderr } = await given.result;
      expect([code, stdout]).toEqual([1, '3 published, 0 bad, 2 DELIVERED, 1 UNDELIVERED\n']);
      expect(stderr).toContain('2 were sent before');

      const input = 'to,content\n13800138000,a\n13800138000,b\n';
      const prefixed = await publish(['-', '--app', 'billing', '--wait', '--json', '--id-prefix', 'p'], input);
      expect(prefixed.json().at(-1)).toMatchObject({ published: 2, final: 2, open: 0, sentBefore: 2 });
      expect(prefixed.ms).toBeLessThan(20_000);
    });

    it('gives up after --wait-seconds, and at Ctrl-C', async () => {
      const args = ['publish', '--app', 'billing', '--to', '13800138000', '--content', 'x', '--wait', ...connections()];
      const late = await runCli([...args, '--wait-seconds', '1'], { env: env() });
      expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('1 without a final status')]);
      const cli = startCli(args, { env: env() });
      await waitUntil('published', () => cli.stdout().includes('published'));
      cli.child.kill('SIGINT');
      expect((await cli.result).code).toBe(130);
    });
  });
});
