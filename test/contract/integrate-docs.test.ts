import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { Type } from 'avsc';
import { openCodecs } from '../../shared/avro/open-codecs';
import type { SmsStatus } from '../../shared/avro/records';
import { ROOT, readDocument } from '../support/documents';

const { path, text } = readDocument('docs/integrate.md');

const EVENT: SmsStatus = {
  eventId: 'e-1',
  messageId: 'm-1',
  appId: 'billing',
  to: null,
  status: 'DELIVERED',
  isFinal: true,
  matched: true,
  reason: null,
  gatewayCode: 'DELIVRD',
  gatewayMessage: null,
  gatewayMessageId: null,
  partNo: null,
  partCount: null,
  occurredAt: 1,
  recordedAt: 2,
  context: null,
};

const check = (...file: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'scripts', 'docs', 'integrate.mjs'), '--check', ...file], {
    encoding: 'utf8',
  });

describe('the tables of docs/integrate.md and its Chinese twin', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'integrate-docs-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('match the schemas and the code', () => {
    const { status, stderr } = check();
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });

  it('are reported as stale when a status is missing', () => {
    const stale = join(scratch, 'stale.md');
    writeFileSync(stale, text.replace(/^\| `UNDELIVERED` .*\n/m, ''));
    const { status, stderr } = check(stale);
    expect(status).toBe(1);
    expect(stderr).toContain(`${stale} is not what the schemas and the code say: run \`npm run docs:integrate\``);
  });
});

describe('the samples of docs/integrate.md', () => {
  const line = (start: string): string => {
    const found = text.split('\n').find((candidate) => candidate.startsWith(start));
    if (!found) throw new Error(`no line "${start}" in ${path}`);
    return found;
  };

  const inRoot = <T>(work: () => T): T => {
    const directory = process.cwd();
    process.chdir(ROOT);
    try {
      return work();
    } finally {
      process.chdir(directory);
    }
  };

  test('publish what the bridge reads', async () => {
    const { send } = await openCodecs();
    const type = Type.forSchema(JSON.parse(readDocument('schemas/sms-send.avsc').text));
    const [header, message] = new Function(
      'crypto',
      `${line('const header')}\n${line('const message')}\nreturn [header, message]`,
    )(crypto) as [Buffer, { to: string }];
    const decoded = send.decode(Buffer.concat([header, type.toBuffer(message)]));
    expect(decoded).toMatchObject({ ok: true, value: { ...message, priority: 1, needReport: true, expiresAt: null } });
  });

  test('acknowledge what the bridge reads', async () => {
    const { receivedAck } = await openCodecs();
    const [, source = ''] = /```js\n((?:(?!```)[\s\S])*sms\.received\.ack[\s\S]*?)```/.exec(text) ?? [];
    const sent: { topic: string; messages: readonly { key: string; value: Buffer }[] }[] = [];
    const producer = {
      connect: async () => undefined,
      send: async (record: (typeof sent)[0]) => sent.push(record),
      disconnect: async () => undefined,
    };
    const kafkajs = {
      Kafka: class {
        producer = () => producer;
      },
      Partitioners: {},
    };
    const load = (name: string) => (name === 'kafkajs' ? kafkajs : require(name));
    const env = { RECEIVED_ID: 'r-1' };
    await inRoot(() =>
      new Function('require', 'process', source.replace(/^producer\.connect/m, 'return $&'))(load, { env }),
    );
    const [{ topic, messages } = { topic: '', messages: [] }] = sent;
    expect([topic, messages[0]?.key]).toEqual(['sms.received.ack', 'r-1']);
    const value = { receivedId: 'r-1', appId: 'billing', processedAt: expect.any(Number) };
    expect(receivedAck.decode(messages[0]!.value)).toEqual({ ok: true, value });
  });

  test('read in TypeScript what the bridge writes', async () => {
    const { status } = await openCodecs();
    const source = /```ts decode\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const { code } = transformSync(source, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
    const module = { exports: {} as { decode: (value: Buffer) => unknown } };
    inRoot(() => new Function('require', 'exports', code)(require, module.exports));
    expect(module.exports.decode(status.encode(EVENT))).toEqual(EVENT);
    expect(() => module.exports.decode(Buffer.from('c3010000000000000000', 'hex'))).toThrow('newer than this program');
  });

  test('know in every language the headers that the bridge writes', async () => {
    const { send, status } = await openCodecs();
    const [header] = new Set([status.encode(EVENT).subarray(0, 10).toString('hex')]);
    expect(text.match(new RegExp(`"${header}"|'${header}'`, 'g'))).toHaveLength(2);
    const message = { messageId: 'm', appId: 'a', to: '1', content: 'c', extCode: null, priority: 1, needReport: true };
    const sent = send.encode({ ...message, scheduledAt: null, expiresAt: null, createdAt: 1, context: null });
    expect(text).toContain(`bytes.fromhex("${sent.subarray(0, 10).toString('hex')}")`);
  });
});
