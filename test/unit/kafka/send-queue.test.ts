import { BridgeError } from '../../../shared/errors';
import type { OutgoingRecord } from '../../../shared/kafka/ports';
import { createSendQueue, SEND_LIMITS } from '../../../shared/kafka/send-queue';

const record = (value: string, bytes = 0): OutgoingRecord => ({
  topic: 't',
  key: null,
  value: Buffer.concat([Buffer.from(value), Buffer.alloc(bytes)]),
});
const records = (prefix: string, count: number, bytes = 0) =>
  Array.from({ length: count }, (_, index) => record(`${prefix}${index}`, bytes));

const createBroker = (refuses: (sent: readonly OutgoingRecord[]) => BridgeError | undefined = () => undefined) => {
  const requests: (readonly OutgoingRecord[])[] = [];
  let underWay = 0;
  const send = async (sent: readonly OutgoingRecord[]): Promise<void> => {
    underWay += 1;
    expect(underWay).toBe(1);
    await new Promise(setImmediate);
    underWay -= 1;
    requests.push(sent);
    const error = refuses(sent);
    if (error) throw error;
  };
  return { send, requests, texts: () => requests.flat().map(({ value }) => value?.toString()) };
};

describe('the send queue', () => {
  it('sends one request at a time, in order, with the records of several callers', async () => {
    const broker = createBroker();
    const queue = createSendQueue(broker.send);
    await Promise.all([queue.publish(records('a', 3)), queue.publish(records('b', 2)), queue.publish([])]);
    expect(broker.requests).toHaveLength(1);
    expect(broker.texts()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1']);
  });

  it('keeps each request within its limits of records and bytes', async () => {
    const broker = createBroker();
    const queue = createSendQueue(broker.send);
    await Promise.all([queue.publish(records('many', 2_500)), queue.publish(records('large', 10, 200_000))]);
    for (const sent of broker.requests) {
      expect(sent.length).toBeLessThanOrEqual(SEND_LIMITS.records);
      expect(sent.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)).toBeLessThanOrEqual(SEND_LIMITS.bytes);
    }
    expect(broker.requests.flat()).toHaveLength(2_510);
  });

  it('refuses only the caller whose record is refused', async () => {
    const broker = createBroker((sent) =>
      sent.some(({ value }) => value?.toString() === 'bad')
        ? new BridgeError('KAFKA_REJECTED', 'too large')
        : undefined,
    );
    const queue = createSendQueue(broker.send);
    const outcomes = await Promise.allSettled([
      queue.publish([record('a')]),
      queue.publish([record('bad')]),
      queue.publish([record('b')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('reports a request that was not acknowledged to all its callers, and continues with the next one', async () => {
    let away = true;
    const broker = createBroker(() =>
      away ? new BridgeError('KAFKA_UNAVAILABLE', 'no broker', { retryable: true }) : undefined,
    );
    const queue = createSendQueue(broker.send);
    const outcomes = await Promise.allSettled([queue.publish([record('a')]), queue.publish([record('b')])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(broker.requests).toHaveLength(1);
    away = false;
    await queue.publish([record('c')]);
    await queue.drain();
    expect(broker.texts()).toEqual(['a', 'b', 'c']);
  });

  it('does not say that nothing was sent of records that were part of a refused request', async () => {
    const errors = [
      new BridgeError('KAFKA_REJECTED', 'refused'),
      new BridgeError('KAFKA_UNAVAILABLE', 'no broker', { retryable: true, unsent: true }),
      new BridgeError('KAFKA_REJECTED', 'refused'),
    ];
    const queue = createSendQueue(createBroker(() => errors.shift()).send);
    const [one, other] = await Promise.allSettled([queue.publish([record('a')]), queue.publish([record('b')])]);
    expect(one).toMatchObject({ reason: { code: 'KAFKA_UNAVAILABLE' } });
    expect((one as PromiseRejectedResult).reason.unsent).not.toBe(true);
    expect(other).toMatchObject({ reason: { code: 'KAFKA_REJECTED' } });
  });

  it('says that nothing was sent only if that holds for every request of the caller', async () => {
    const errors = [true, true, false, true].map(
      (unsent) => new BridgeError('KAFKA_UNAVAILABLE', 'no broker', { retryable: true, unsent }),
    );
    const broker = createBroker(() => errors.shift());
    const queue = createSendQueue(broker.send);
    const unsent = () => queue.publish(records('a', 1_001)).catch((error: BridgeError) => [error.code, error.unsent]);
    expect(await unsent()).toEqual(['KAFKA_UNAVAILABLE', true]);
    expect(await unsent()).toEqual(['KAFKA_UNAVAILABLE', undefined]);
    errors.push(new BridgeError('KAFKA_UNAVAILABLE', 'no broker', { retryable: true, unsent: true }));
    expect(await unsent()).toEqual(['KAFKA_UNAVAILABLE', undefined]);
  });
});
