import { type PublishPorts, publishMessages } from '../../../cli/publish/publish-messages';
import type { Entry } from '../../../cli/publish/read-json-lines';
import { IDLE } from '../../../cli/publish/with-idle';
import { BridgeError } from '../../../shared/errors';
import { validateSend } from '../../../shared/sms/validate-send';
import { NOW } from '../../support/sms-send-message';

const APPLICATION = { extCode: null, enabled: true };

async function* entriesOf(
  lines: readonly Readonly<Record<string, unknown>>[],
  onRead: () => void,
  slow: boolean,
): AsyncGenerator<Entry | typeof IDLE> {
  for (const [at, fields] of lines.entries()) {
    onRead();
    if (slow) yield IDLE;
    yield { line: at + 1, fields: { ok: true, value: new Map(Object.entries(fields)) } };
  }
}

const line = (change: Readonly<Record<string, unknown>> = {}) => ({ to: '13800138000', content: 'x', ...change });

const run = async (
  lines: readonly Readonly<Record<string, unknown>>[],
  change: Partial<PublishPorts> = {},
  slow = false,
) => {
  const log: string[] = [];
  const bad: [number, string][] = [];
  const ports: PublishPorts = {
    validate: (message) =>
      validateSend(
        message,
        message.appId === 'unknown' ? undefined : APPLICATION,
        { country: 'CN', contentMax: 1000 },
        NOW,
      ),
    encode: (message) => Buffer.from(message.messageId),
    publish: async (records) =>
      void log.push(`publish ${records.map(({ key, value }) => `${key}:${value}`).join(' ')}`),
    onPublishing: (batch) => void log.push(`publishing ${batch.map(({ line: at }) => at).join(' ')}`),
    onPublished: (batch) => void log.push(`published ${batch.map(({ line: at }) => at).join(' ')}`),
    onBad: (at, { code }) => void bad.push([at, code]),
    stopped: () => false,
    ...change,
  };
  const defaults = {
    fields: new Map([['appId', 'billing']]),
    messageId: (at: number) => `m-${at}`,
    now: () => NOW,
    toInstant: (wallMs: number) => wallMs,
    ignoreUnknown: false,
  };
  let error: unknown;
  let read = 0;
  const entries = entriesOf(
    lines,
    () => {
      read += 1;
    },
    slow,
  );
  try {
    await publishMessages(entries, ports, { topic: 'sms.send', batchSize: 2, defaults });
  } catch (thrown) {
    error = thrown;
  }
  return { log, bad, error, read };
};

describe('publishing', () => {
  it('publishes batches with the recipient as key, and reports each before it is sent and when it is acknowledged', async () => {
    const { log, bad, error } = await run([line(), line({ to: '+8613800138001' }), line()]);
    expect(log).toEqual([
      'publishing 1 2',
      'publish 8613800138000:m-1 8613800138001:m-2',
      'published 1 2',
      'publishing 3',
      'publish 8613800138000:m-3',
      'published 3',
    ]);
    expect({ bad, error }).toEqual({ bad: [], error: undefined });
  });

  it('leaves invalid lines out and continues', async () => {
    const { log, bad } = await run([
      line({ to: '12' }),
      line({ appId: 'unknown' }),
      line({ priority: 'x' }),
      line({ content: '' }),
      line({ messageId: 'same' }),
      line({ messageId: 'same' }),
      line(),
    ]);
    expect(bad).toEqual([
      [1, 'RECIPIENT_INVALID'],
      [2, 'APP_UNKNOWN'],
      [3, 'FIELD_INVALID'],
      [4, 'CONTENT_EMPTY'],
      [6, 'MESSAGE_ID_REPEATED'],
    ]);
    expect(log.at(-1)).toBe('published 5 7');
  });

  it('reports every line that was not acknowledged, reads no more, and throws', async () => {
    let calls = 0;
    const { bad, error, read } = await run(
      Array.from({ length: 20 }, () => line()),
      {
        publish: async () => {
          calls += 1;
          if (calls === 2) throw new BridgeError('KAFKA_UNAVAILABLE', 'away', { retryable: true });
        },
      },
    );
    expect(bad).toEqual([
      [3, 'NOT_ACKNOWLEDGED'],
      [4, 'NOT_ACKNOWLEDGED'],
    ]);
    expect(error).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(calls).toBe(2);
    expect(read).toBeLessThan(10);
  });

  it('counts a message that cannot be encoded as invalid', async () => {
    const encode = () => {
      throw new BridgeError('ENCODE_FAILED', 'too large');
    };
    expect((await run([line()], { encode })).bad).toEqual([[1, 'ENCODE_FAILED']]);
  });

  it('sends what it has while no more lines come', async () => {
    const { log } = await run([line(), line()], {}, true);
    expect(log.filter((entry) => entry.startsWith('published'))).toEqual(['published 1', 'published 2']);
  });

  it('stops on request, and finishes what it has begun', async () => {
    let read = 0;
    const { log } = await run([line(), line(), line()], {
      stopped: () => {
        read += 1;
        return read > 1;
      },
    });
    expect(log.at(-1)).toBe('published 1');
  });
});
