import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { createTopics, toTopicNames } from '../../shared/kafka/kafkajs/topics';
import { createKillableServer, type KillableServer } from '../support/killable-server';
import { freePort } from '../support/own-server';
import { startCli } from '../support/run-cli';
import { waitUntil } from '../support/wait-until';

const MESSAGE = ['--app', 'billing', '--to', '13800138000', '--content', 'x'];

const publish = (brokers: string, ...more: readonly string[]) => {
  const cli = startCli(['publish', ...MESSAGE, '--kafka', brokers, ...more], { env: { TZ: 'UTC' } });
  let stderr = '';
  cli.child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return { ...cli, stderr: () => stderr, kill: () => cli.child.kill('SIGINT') };
};

describe('sms-bridge publish without Kafka', () => {
  it('says within seconds that a server does not answer, and ends after 30 s', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(silent.address() as { readonly port: number }).port}`;
    const startedAt = Date.now();
    const cli = publish(address);
    await waitUntil('the user is told', () =>
      cli.stderr().includes(`Kafka cannot be reached at ${address}: no answer`),
    );
    expect(Date.now() - startedAt).toBeLessThan(8_000);
    const { code, stderr, ms } = await cli.result;
    expect([code, stderr]).toEqual([1, expect.stringContaining('still, after 15 s')]);
    expect(ms).toBeLessThan(40_000);
    silent.close();
  }, 60_000);

  describe('that goes away later', () => {
    let directory: string;
    let server: KillableServer;
    let brokers: string;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'sms-bridge-outage-'));
      const port = await freePort();
      server = createKillableServer('kafka', directory, { port: String(port) });
      await server.start();
      brokers = `127.0.0.1:${port}`;
      const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
      await createTopics(kafka, toTopicNames(''), { partitions: 1, replicationFactor: 1 });
    }, 60_000);
    afterAll(async () => {
      await server.kill();
      rmSync(directory, { recursive: true });
    });

    it('says so while it waits, and when Kafka answers again', async () => {
      const cli = publish(brokers, '--wait');
      await waitUntil('published', () => cli.stdout().includes('published'));
      server.freeze();
      await waitUntil('the user is told', () => /Kafka cannot be reached .*trying for up to \d+ s/.test(cli.stderr()));
      server.thaw();
      await waitUntil('Kafka is back', () => cli.stderr().includes('Kafka answers again'));
      cli.kill();
      expect((await cli.result).code).toBe(130);
    }, 90_000);

    it('ends at Ctrl-C while Kafka is gone', async () => {
      const cli = publish(brokers, '--wait');
      await waitUntil('published', () => cli.stdout().includes('published'));
      await server.kill();
      await waitUntil('the user is told', () => cli.stderr().includes('Kafka cannot be reached'));
      const askedAt = Date.now();
      cli.kill();
      expect((await cli.result).code).toBe(130);
      expect(Date.now() - askedAt).toBeLessThan(15_000);
    }, 90_000);
  });
});
