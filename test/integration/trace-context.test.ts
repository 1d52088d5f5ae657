import type { KafkaRecord } from '../../shared/kafka/ports';
import { type BridgeGround, createBridgeGround } from '../support/bridge-world';
import { call, post } from '../support/http-call';
import { onOneEngine } from '../support/test-engines';
import { waitUntil } from '../support/wait-until';
import { createProducerWorld, KEYS, type ProducerWorld } from './producer-world';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const STATE = 'congo=t61rcWkgMzE';
const GOOD = { to: '13800138000', content: '停电通知' };

const traceOf = ({ headers }: KafkaRecord) => [headers.traceparent?.toString(), headers.tracestate?.toString()];

onOneEngine('the trace of a caller', (engine) => {
  let ground: BridgeGround;
  let world: ProducerWorld;
  let address: string;
  beforeAll(async () => {
    ground = await createBridgeGround({ engine });
    world = await createProducerWorld(ground);
    address = await world.addressOf(world.produce());
  });
  afterAll(async () => {
    await world.close();
    await ground.close();
  });

  const send = async (body: object, headers: Readonly<Record<string, string>>) => {
    const { status } = await post(address, KEYS.billing, body, headers);
    expect(status).toBe(202);
  };
  const sent = async (messageId: string) =>
    traceOf((await world.sent()).find(({ message }) => message.messageId === messageId) as KafkaRecord);

  it('goes into each record of a request; a malformed one is ignored', async () => {
    const messages = [
      { ...GOOD, messageId: 'a' },
      { ...GOOD, messageId: 'b' },
    ];
    await send({ messages }, { traceparent: PARENT, tracestate: STATE });
    await send({ ...GOOD, messageId: 'c' }, { traceparent: PARENT.toUpperCase(), tracestate: STATE });
    await send({ ...GOOD, messageId: 'd' }, { traceparent: PARENT, tracestate: 'none' });
    await send({ ...GOOD, messageId: 'e' }, {});
    expect(await sent('a')).toEqual([PARENT, STATE]);
    expect(await sent('b')).toEqual([PARENT, STATE]);
    expect(await sent('c')).toEqual([undefined, undefined]);
    expect(await sent('d')).toEqual([PARENT, undefined]);
    expect(await sent('e')).toEqual([undefined, undefined]);
  });

  it("continues into the relay's events about the message, and is kept in a dead letter", async () => {
    world.start('exchange-relay');
    const { topic, ...expired } = {
      topic: world.topics.send,
      messageId: 'old',
      appId: 'billing',
      createdAt: Date.now() - 100_000_000,
      ...GOOD,
      extCode: null,
      priority: 1,
      needReport: true,
      scheduledAt: null,
      expiresAt: null,
      context: null,
    };
    await world.sink.publish([
      {
        topic,
        key: 'k',
        value: world.codecs.send.encode(expired),
        headers: { traceparent: PARENT, tracestate: STATE },
      },
      { topic, key: 'k', value: Buffer.from('{}'), headers: { traceparent: PARENT } },
    ]);
    await waitUntil('both are answered', async () => {
      const [events, letters] = await Promise.all([world.read('status'), world.read('deadLetter')]);
      return events.length === 1 && letters.length === 1;
    });
    expect((await world.statuses())[0]).toMatchObject({ messageId: 'old', status: 'EXPIRED' });
    expect((await world.read('status')).map(traceOf)).toEqual([[PARENT, STATE]]);
    const [letter] = await world.read('deadLetter');
    expect(letter?.headers['original-traceparent']?.toString()).toBe(PARENT);
  });

  it('is in the interface description', async () => {
    const { body } = await call(address, '/openapi.json');
    const names = body.paths['/v1/messages'].post.parameters.map((parameter: { in: string; name: string }) => [
      parameter.in,
      parameter.name,
    ]);
    expect(names).toEqual(
      expect.arrayContaining([
        ['header', 'traceparent'],
        ['header', 'tracestate'],
      ]),
    );
  });
});
