import { acceptMessages, type Submission } from '../../../services/producer/accept-messages';
import { toKeyedMessageId } from '../../../services/producer/core/message-ids';
import type { MessageRequest } from '../../../services/producer/core/message-request';
import { failed, ok } from '../../../shared/result';
import { toMessageKey } from '../../../shared/sms/message-key';
import { createProducerWorld } from './producer-world';

const request = (change: Partial<MessageRequest> = {}): MessageRequest => ({
  messageId: null,
  to: '13800138000',
  content: '停电通知',
  extCode: null,
  priority: 1,
  needReport: true,
  scheduledAt: null,
  expiresAt: null,
  context: null,
  ...change,
});

const submission = (requests: readonly MessageRequest[], change: Partial<Submission> = {}): Submission => ({
  appId: 'billing',
  idempotencyKey: null,
  batch: requests.length > 1,
  trace: null,
  requests: requests.map(ok),
  ...change,
});

const entered = (messageId: string, change = {}) =>
  ({
    messageId,
    appId: 'billing',
    status: 'HANDED',
    destAddr: '8613800138000',
    content: '停电通知',
    priority: 1,
    needReport: true,
    context: null,
    ...change,
  }) as never;

/** Returns the outcome of each request: its id, or the code of its refusal. */
const codes = async (world: ReturnType<typeof createProducerWorld>, of: Submission) => {
  const outcome = await acceptMessages(of, world.accept);
  if (outcome.kind === 'conflict') return outcome.refusal.code;
  if (outcome.kind !== 'judged') return outcome;
  return outcome.outcomes.map((each) => (each.ok ? each.value.messageId : each.problem.code));
};

describe('accepting messages', () => {
  it('derives ids from application, key and position, the same in every process', async () => {
    const two = [request(), request({ content: 'b' })];
    const of = submission(two, { idempotencyKey: 'k' });
    const ids = await codes(createProducerWorld(), of);
    expect(ids).toEqual(await codes(createProducerWorld(), of));
    expect(ids).toEqual([toKeyedMessageId('billing', 'k', 0), toKeyedMessageId('billing', 'k', 1)]);
    const alone = [
      ...((await codes(createProducerWorld(), submission([request()], { idempotencyKey: 'k' }))) as string[]),
      ...((await codes(
        createProducerWorld(),
        submission([request()], { idempotencyKey: 'k', appId: 'portal' }),
      )) as string[]),
    ];
    expect(new Set([...(ids as string[]), ...alone]).size).toBe(4);
  });

  it('publishes an id once that appears twice in a batch, and refuses the second when it is another message', async () => {
    const world = createProducerWorld();
    const mine = (content: string) => request({ messageId: 'mine', content });
    expect(await codes(world, submission([mine('a'), mine('a'), mine('b')]))).toEqual([
      'mine',
      'mine',
      'MESSAGE_ID_REUSED',
    ]);
    expect(world.published.map(({ content }) => content)).toEqual(['a']);
    expect(await codes(world, submission([mine('b')]))).toEqual(['MESSAGE_ID_REUSED']);
    expect(await codes(world, submission([mine('a')]))).toEqual(['mine']);
  });

  it('asks ledger and history about ids that are new to this process', async () => {
    const world = createProducerWorld();
    const keyed = toKeyedMessageId('billing', 'k', null);
    world.rows.set(keyed, entered(keyed));
    world.rows.set('theirs', entered('theirs', { appId: 'portal', content: 'something else' }));
    world.rows.set('table', entered('table', { status: 'NEW', destAddr: '138-0013-8000' }));
    const key = { idempotencyKey: 'k' };
    expect(await codes(world, submission([request({ content: 'other' })], key))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(await codes(world, submission([request()], key))).toEqual([keyed]);
    expect(await codes(world, submission([request({ messageId: 'theirs' })]))).toEqual(['theirs']);
    expect(await codes(world, submission([request({ messageId: 'table' })]))).toEqual(['table']);
  });

  it.each([
    ['REJECTED', 'RECIPIENT_INVALID', 'ended as REJECTED (RECIPIENT_INVALID)'],
    ['EXPIRED', 'EXPIRED', 'ended as EXPIRED'],
    ['CANCELLED', 'CANCELLED', 'was cancelled'],
  ])(
    'refuses the id of a message that was never sent (%s), with any content, and reports how it ended',
    async (status, reason, how) => {
      const world = createProducerWorld();
      const keyed = toKeyedMessageId('billing', 'k', null);
      const key = { idempotencyKey: 'k' };
      const mine = (content: string) => submission([request({ messageId: 'mine', content })]);
      // this process has sent both itself
      expect(await codes(world, submission([request()], key))).toEqual([keyed]);
      expect(await codes(world, mine('a'))).toEqual(['mine']);
      for (const id of [keyed, 'mine'])
        world.rows.set(id, entered(id, { status, reason, handedAt: null, content: '?', destAddr: '?' }));
      const other = createProducerWorld({ findEntered: world.accept.findEntered });
      for (const at of [world, other]) {
        for (const content of ['a', 'b']) expect(await codes(at, mine(content))).toEqual(['MESSAGE_ID_REUSED']);
        const batch = submission([request({ messageId: 'mine' }), request({ messageId: 'new' })]);
        expect(await codes(at, batch)).toEqual(['MESSAGE_ID_REUSED', 'new']);
      }
      expect(await codes(other, submission([request({ content: 'other' })], key))).toEqual(['IDEMPOTENCY_KEY_REUSED']);
      const same = await acceptMessages(submission([request()], key), world.accept);
      expect(same).toMatchObject({ outcomes: [{ problem: { field: 'Idempotency-Key' } }] });
      expect(JSON.stringify(same)).toContain(`the message of this Idempotency-Key ${how} and is not sent`);
      const another = await acceptMessages(submission([request({ content: 'other' })], key), world.accept);
      expect(JSON.stringify(another)).toContain(how);
      expect(world.published).toHaveLength(3);
    },
  );

  it.each([
    'HANDED',
    'SUBMITTED',
    'DELIVERED',
    'UNDELIVERED',
    'SUBMIT_FAILED',
    'UNKNOWN',
    'EXPIRED',
    'SCHEDULED',
    'QUEUED',
  ])('accepts a true repetition of a message that is queued or was sent (%s)', async (status) => {
    const world = createProducerWorld();
    const handedAt = ['SCHEDULED', 'QUEUED'].includes(status) ? null : 1;
    world.rows.set('mine', entered('mine', { status, handedAt }));
    expect(await codes(world, submission([request({ messageId: 'mine' })]))).toEqual(['mine']);
    expect(await codes(world, submission([request({ messageId: 'mine', content: 'b' })]))).toEqual([
      'MESSAGE_ID_REUSED',
    ]);
  });

  it('accepts one of two bodies that come under one key at once', async () => {
    const world = createProducerWorld({ findEntered: () => new Promise((resolve) => setImmediate(() => resolve([]))) });
    const key = { idempotencyKey: 'k' };
    const outcomes = await Promise.all([
      codes(world, submission([request({ content: 'a' })], key)),
      codes(world, submission([request({ content: 'b' })], key)),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'IDEMPOTENCY_KEY_REUSED')).toHaveLength(1);
    expect(world.published).toHaveLength(1);
  });

  it('frees a key when nothing of its body was valid', async () => {
    const world = createProducerWorld();
    const key = { idempotencyKey: 'k' };
    expect(await codes(world, submission([request({ to: 'x' })], key))).toEqual(['RECIPIENT_INVALID']);
    expect(await codes(world, submission([request()], key))).toEqual([toKeyedMessageId('billing', 'k', null)]);
  });

  it('tells a shorter body from a longer one, and a single message from a batch of one', async () => {
    const world = createProducerWorld();
    const key = { idempotencyKey: 'k' };
    await codes(world, submission([request(), request({ content: 'b' })], key));
    expect(await codes(world, submission([request()], { ...key, batch: true }))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await codes(world, submission([request()], key))).toBe('IDEMPOTENCY_KEY_REUSED');
    const bad = { ...submission([]), ...key, batch: true };
    const refusal = failed({ code: 'X', field: null, message: '' });
    expect(await codes(world, { ...bad, requests: [ok(request()), refusal] })).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('reports records that Kafka will never take, message by message', async () => {
    const refusal = { code: 'MESSAGE_REFUSED', field: null, message: 'too large' };
    const world = createProducerWorld({
      publish: async () => new Map([[toMessageKey({ appId: 'billing', messageId: 'b' }), refusal]]),
    });
    const ids = ['a', 'b', 'c'].map((messageId) => request({ messageId }));
    expect(await codes(world, submission(ids))).toEqual(['a', 'MESSAGE_REFUSED', 'c']);
    expect(['a', 'b', 'c'].map((id) => world.memory.message('billing', id)?.acknowledged)).toEqual([true, false, true]);
  });
});
