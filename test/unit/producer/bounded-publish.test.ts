import type { Publication } from '../../../services/producer/accept-messages';
import { boundPublish } from '../../../services/producer/kafka/bounded-publish';
import { waitUntil } from '../../support/wait-until';

const messagesOf = (appId: string, count: number): readonly Publication[] =>
  Array.from({ length: count }, (_, index) => ({ send: { appId, messageId: `${index}` } as never, to: '1' }));

describe('the bounded publish', () => {
  const open = (change: Partial<Parameters<typeof boundPublish>[1]> = {}) => {
    const sent: { readonly what: string; readonly acknowledge: () => void; readonly fail: () => void }[] = [];
    const bounded = boundPublish(
      (publications) =>
        new Promise((resolve, reject) => {
          sent.push({
            what: `${publications[0]!.send.appId} ${publications.length}`,
            acknowledge: () => resolve(new Map()),
            fail: () => reject(new Error('no broker')),
          });
        }),
      { pendingMax: 20_000, timeoutMs: 60_000, shareOf: () => 5_000, ...change },
    );
    const publish = (appId: string, count: number): Promise<string> =>
      bounded.publish(messagesOf(appId, count)).then(
        () => 'acknowledged',
        (error: Error & { code?: string }) => error.code ?? error.message,
      );
    const names = () => sent.map(({ what }) => what);
    return { ...bounded, publish, sent, names };
  };

  it('lets applications take turns, in whatever order they came', async () => {
    const { publish, sent, names, pending } = open();
    const all = Array.from({ length: 5 }, () => publish('a', 1_000));
    all.push(publish('b', 1), publish('b', 2), publish('c', 1));
    expect(names()).toEqual(['a 1000', 'a 1000']);
    sent[0]!.acknowledge();
    await waitUntil('the next is sent', () => sent.length === 3);
    sent[1]!.fail();
    await waitUntil('the small ones are sent', () => sent.length === 6);
    expect(names().slice(2)).toEqual(['a 1000', 'b 1', 'c 1', 'a 1000']);
    for (let next = 2; next < 8; next += 1) {
      await waitUntil('it is sent', () => sent.length > next);
      sent[next]!.acknowledge();
    }
    expect(await Promise.all(all)).toEqual(['acknowledged', 'no broker', ...Array(6).fill('acknowledged')]);
    expect(pending()).toBe(0);
  });

  it('keeps room for other applications, however many flood it', async () => {
    const { publish, isShareFull, pending, sent } = open();
    const outcomes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].flatMap((appId) =>
      Array.from({ length: 10 }, () => publish(appId, 1_000)),
    );
    expect(pending()).toBe(19_000);
    expect(['a', 'b', 'h', 'newcomer'].map(isShareFull)).toEqual([true, true, false, false]);
    outcomes.push(publish('newcomer', 1));
    expect(pending()).toBe(19_001);
    for (let next = 0; next < 20; next += 1) {
      await waitUntil('it is sent', () => sent.length > next);
      sent[next]!.acknowledge();
    }
    expect(new Set(await Promise.all(outcomes))).toEqual(
      new Set(['acknowledged', 'PENDING_SHARE_FULL', 'TOO_MANY_PENDING']),
    );
    expect(sent.map(({ what }) => what).indexOf('newcomer 1')).toBeLessThan(10);
  });

  it('tells what was not sent from what may be on its way', async () => {
    const { publish, sent, pending } = open({ timeoutMs: 50, pendingMax: 5_000 });
    const outcomes = ['a', 'b', 'c'].map((appId) => publish(appId, 1_000));
    expect(await publish('d', 1_001)).toBe('TOO_MANY_PENDING');
    expect(await publish('a', 1_000)).toBe('PENDING_SHARE_FULL');
    expect(await Promise.all(outcomes)).toEqual(['NO_ANSWER_IN_TIME', 'NO_ANSWER_IN_TIME', 'TOO_MANY_PENDING']);
    expect(pending()).toBe(2_000);
    for (const { acknowledge } of sent) acknowledge();
    await waitUntil('nothing waits', () => pending() === 0);
    expect(sent).toHaveLength(2);
  });
});
