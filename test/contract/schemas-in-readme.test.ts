import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'avsc';
import { findPackageRoot } from '../../shared/avro/load-schemas';
import { openCodecs } from '../../shared/avro/open-codecs';

const root = findPackageRoot(__dirname);

describe.each(['README.md', 'README.zh-CN.md'])('%s', (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const line = (start: string): string => {
    const found = text.split('\n').find((candidate) => candidate.startsWith(start));
    if (!found) throw new Error(`no line "${start}" in ${file}`);
    return found;
  };

  test('what its publisher sends is what the bridge reads', async () => {
    const { send } = await openCodecs();
    const type = Type.forSchema(JSON.parse(readFileSync(join(root, 'schemas', 'sms-send.avsc'), 'utf8')));
    const [header, message] = new Function(
      'crypto',
      `${line('const header')}\n${line('const message')}\nreturn [header, message]`,
    )(crypto) as [Buffer, { to: string }];
    const decoded = send.decode(Buffer.concat([header, type.toBuffer(message)]));
    expect(decoded).toMatchObject({ ok: true, value: { ...message, priority: 1, needReport: true, expiresAt: null } });
  });

  test('what the bridge writes is what its subscriber reads', async () => {
    const { status } = await openCodecs();
    const type = Type.forSchema(JSON.parse(readFileSync(join(root, 'schemas', 'sms-status.avsc'), 'utf8')));
    const event = {
      eventId: 'e-1',
      messageId: 'm-1',
      appId: 'billing',
      to: null,
      status: 'DELIVERED' as const,
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
    expect(text).toContain('type.fromBuffer(message.value.subarray(10))');
    expect(type.fromBuffer(status.encode(event).subarray(10))).toEqual(event);
  });
});
