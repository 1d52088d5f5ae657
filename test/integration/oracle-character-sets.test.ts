import { type SpawnedOracleServer, spawnOracleServer } from '../../oracle-stand-in/spawn-oracle-server';
import { openDatabase } from '../../shared/database/open-database';
import { createBridgeGround } from '../support/bridge-world';
import { createEmptyDatabase } from '../support/empty-database';
import { post } from '../support/http-call';
import { runCli } from '../support/run-cli';
import { startService } from '../support/service-process';
import { smsSendMessage } from '../support/sms-send-message';
import type { TestDatabase } from '../support/test-database';
import { onStandIn } from '../support/test-engines';
import { testBrokers } from '../support/test-kafka';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, insertRows, KEYS, type ProducerWorld } from './producer-world';

// the grammar takes seconds for a new statement
jest.setTimeout(300_000);

/**
 * Characters that each set holds and lacks. The long texts need more than 4000 bytes as declared.
 */
const SETS = [
  ['AL32UTF8', ['停电😀通知', '中'.repeat(1000), '😀'.repeat(1000)], []],
  ['ZHS16GBK', ['停电通知——“95598”', '中'.repeat(667), '中'.repeat(1000)], ['停电😀通知', '䶮先生', '12€']],
  ['ZHS32GB18030', ['停电通知䶮€', '中'.repeat(400), '䶮'.repeat(1000)], ['停电😀通知', '𠮷']],
] as const;

onStandIn('character sets', () => {
  describe.each(SETS)('%s', (characterSet, held, others) => {
    let world: ProducerWorld;
    let close: () => Promise<void>;
    let address: string;
    beforeAll(async () => {
      const ground = await createBridgeGround({ engine: 'oracledb', characterSet });
      world = await createProducerWorld(ground);
      close = async () => {
        await world.close();
        await ground.close();
      };
      address = await world.addressOf(world.produce({ CONTENT_MAX: '1000' }));
      world.start('exchange-relay', { CONTENT_MAX: '1000' });
    });
    afterAll(() => close());

    const send = (body: object, key: string) =>
      post(address, KEYS.billing, { to: '13800138000', ...body }, { 'idempotency-key': key });
    const contentOf = async (id: string): Promise<string | undefined> =>
      (
        await world.database.run<{ content: string }>(
          'SELECT c.content FROM client_sms_send c JOIN sm_send_t t ON t.msg_id = c.msg_id WHERE t.message_id = $1',
          [id],
        )
      )[0]?.content;
    const ledgerOf = async (id: string) =>
      (
        await world.database.run<{ status: string; reason: string | null; content: string; context: string | null }>(
          'SELECT status, reason, content, context FROM sm_send_t WHERE message_id = $1',
          [id],
        )
      )[0];

    it('hands over unchanged what the set holds, of any length; the same request again is the same message', async () => {
      const other = await world.addressOf(world.produce({ CONTENT_MAX: '1000' }));
      for (const [at, content] of held.entries()) {
        const context = content.slice(0, 400);
        const { status, body } = await send({ content, context }, `k-${at}`);
        expect(status).toBe(202);
        await waitUntil('it is handed over', async () => (await contentOf(body.messageId)) !== undefined);
        expect(await contentOf(body.messageId)).toBe(content);
        expect((await ledgerOf(body.messageId))?.context).toBe(context);
        expect(
          await post(other, KEYS.billing, { to: '13800138000', content, context }, { 'idempotency-key': `k-${at}` }),
        ).toMatchObject({
          status: 202,
          body: { messageId: body.messageId },
        });
      }
      expect(await world.read('deadLetter')).toEqual([]);
    });

    if (others.length === 0) return;

    it('rejects characters that the set lacks and names them: over HTTP, from Kafka', async () => {
      for (const [at, content] of others.entries()) {
        expect(await send({ content }, `x-${at}`)).toMatchObject({
          status: 400,
          body: {
            error: { code: 'CONTENT_NOT_ENCODABLE', field: 'content', message: expect.stringContaining(characterSet) },
          },
        });
        expect(await send({ content: 'ok', context: content }, `y-${at}`)).toMatchObject({
          status: 400,
          body: { error: { code: 'CONTEXT_NOT_ENCODABLE', field: 'context' } },
        });
      }
      const before = (await world.statuses()).length;
      await world.publish([
        ...others.map((content, at) => smsSendMessage({ messageId: `e-${at}`, content, createdAt: Date.now() })),
        smsSendMessage({ messageId: 'e-context', context: others[0], createdAt: Date.now() }),
        smsSendMessage({ messageId: `😀`, createdAt: Date.now() }),
        smsSendMessage({ messageId: 'e-app', appId: '😀', createdAt: Date.now() }),
        smsSendMessage({ messageId: 'e-good', createdAt: Date.now() }),
      ]);
      await waitUntil('all are settled', async () => (await world.statuses()).length === before + others.length + 3);
      await waitUntil('their neighbour is handed over', async () => (await contentOf('e-good')) !== undefined);
      const reasons = new Map(
        (await world.statuses()).map(({ messageId, status, reason }) => [messageId, `${status} ${reason}`]),
      );
      for (const at of others.keys()) expect(reasons.get(`e-${at}`)).toBe('REJECTED CONTENT_NOT_ENCODABLE');
      expect(reasons.get('e-context')).toBe('REJECTED CONTEXT_NOT_ENCODABLE');
      expect(reasons.get('😀')).toBe('REJECTED MESSAGE_ID_INVALID');
      expect(reasons.get('e-app')).toBe('REJECTED APP_UNKNOWN');
      // the sender sees which character it was, and no replacement question mark
      expect((await ledgerOf('e-0'))?.content).toBe('停电[U+1F600]通知');
      const rows = await world.database.run<{ content: string }>('SELECT content FROM sm_send_t');
      expect(rows.filter(({ content }) => content.includes('?'))).toEqual([]);
      expect(await world.read('deadLetter')).toEqual([]);
    });

    it('hands over into columns of the national set', async () => {
      await world.database.run('ALTER TABLE client_sms_send DROP COLUMN content');
      await world.database.run('ALTER TABLE client_sms_send ADD (content NCLOB)');
      // rights on a column disappear with the column
      await world.database.run('GRANT INSERT ON client_sms_send TO sms_relay');
      const { body } = await send({ content: held[0] }, 'national');
      await waitUntil('it is handed over', async () => (await contentOf(body.messageId)) === held[0]);
    });

    it('takes rows of the table interface, around one that is cut within a character', async () => {
      await world.database.oracle?.inject({
        kind: 'fail-value',
        number: 29275,
        column: 'SM_SEND_T.DEST_ADDR',
        holding: '13800130001',
      });
      const ids = await insertRows(world, 'row', 3);
      await waitUntil('it is rejected', async () => (await ledgerOf(ids[1] ?? ''))?.reason === 'ROW_UNREADABLE');
      for (const id of [ids[0], ids[2]])
        await waitUntil('it is handed over', async () => (await contentOf(id ?? '')) !== undefined);
      expect((await world.statuses()).filter(({ reason }) => reason === 'ROW_UNREADABLE')).toMatchObject([
        { messageId: ids[1], appId: 'billing', status: 'REJECTED', isFinal: true },
      ]);
      await world.database.oracle?.clearFaults();
    });
  });

  describe.each(['UTF8', 'ZHS16CGB231280', 'WE8MSWIN1252'])('%s', (characterSet) => {
    let behind: TestDatabase;
    let oracle: SpawnedOracleServer;
    let url: string;
    beforeAll(async () => {
      behind = await createEmptyDatabase();
      oracle = await spawnOracleServer({
        postgresUrl: behind.url,
        options: { characterSet },
        users: { SYSTEM: { password: 'secret', privileges: ['DBA'] } },
      });
      url = `oracle://SYSTEM:secret@${oracle.connectString}`;
    });
    afterAll(async () => {
      await oracle.close();
      await behind.drop();
    });

    it('is refused by every statement before it runs', async () => {
      const db = openDatabase({ url, applicationName: 'test', poolMax: 2, statementTimeoutMs: 10_000 });
      const refusal = { code: 'DB_SETTINGS', retryable: false, message: expect.stringContaining(characterSet) };
      await expect(db.oracle.execute('CREATE TABLE T (N NUMBER)')).rejects.toMatchObject(refusal);
      await expect(db.characterSet()).rejects.toMatchObject(refusal);
      await expect(db.knex.raw('CREATE TABLE T (N NUMBER)')).rejects.toThrow(/AL32UTF8/);
      await db.close();
      expect((await oracle.statements()).filter(({ sql }) => sql.startsWith('CREATE'))).toEqual([]);
    });

    // the set makes no difference to these tests
    if (characterSet !== 'UTF8') return;

    it.each(['producer', 'exchange-relay', 'report-collector', 'archiver', 'gateway-simulator'] as const)(
      '%s does not start, and names the remedy',
      async (service) => {
        const started = startService(service, {
          DATABASE_URL: url,
          KAFKA_BROKERS: testBrokers(),
          TZ: 'UTC',
          HTTP_PORT: '0',
        });
        expect(await started.exit).toBe(1);
        const said = JSON.stringify(started.log);
        expect(said).toContain('DB_SETTINGS');
        expect(said).toContain(`character set is ${characterSet}`);
        expect(said).toContain('AL32UTF8');
      },
    );

    it.each([
      ['doctor', '--kafka', 'localhost:1'],
      ['migrate'],
      ['oracle', 'install', '--passwords', '.', '--account', 'RELAY:SMS_RELAY'],
    ])('sms-bridge %s', async (...args) => {
      const { code, stdout, stderr } = await runCli([...args, '--database', url], { env: { TZ: 'UTC' } });
      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain(`character set is ${characterSet}`);
    });
  });
});
