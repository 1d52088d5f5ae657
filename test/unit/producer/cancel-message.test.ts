import fc from 'fast-check';
import { announceCancelled } from '../../../services/producer/announce-cancelled';
import { cancelMessage } from '../../../services/producer/cancel-message';
import type { SmsStatus } from '../../../shared/avro/records';
import { type MessageKey, toMessageKey } from '../../../shared/sms/message-key';
import { tries } from '../../support/tries';

type Row = { appId: string; status: string; final: boolean };

class Crash extends Error {}

const OWN = toMessageKey({ messageId: 'm', appId: 'billing' });

/**
 * A ledger with one message and its rules: the relay takes a row only while it is NEW or QUEUED, or
 * enters it when there is none. Each port is one atomic step, and the relay may run before each of
 * them.
 */
const createLedger = (options: {
  readonly row?: Row;
  readonly relayBefore?: number;
  readonly crashAt?: string | undefined;
  readonly known?: boolean;
}) => {
  const rows = new Map<string, Row>();
  if (options.row) rows.set(toMessageKey({ messageId: 'm', appId: options.row.appId }), { ...options.row });
  const handed: string[] = [];
  const events: SmsStatus[] = [];
  let steps = 0;
  const relay = () => {
    const row = rows.get(OWN);
    if (row === undefined) rows.set(OWN, { appId: 'billing', status: 'HANDED', final: false });
    else if (row.status === 'NEW' || row.status === 'QUEUED') row.status = 'HANDED';
    else return;
    handed.push('m');
  };
  const step = () => {
    if (steps === options.relayBefore) relay();
    steps += 1;
  };
  const crashPoint = (name: string) => {
    if (name === options.crashAt) throw new Crash(name);
  };
  const announce = (of: MessageKey | { readonly limit: number }) =>
    announceCancelled(
      {
        inTransaction: (work) => work(undefined),
        claimCancelled: async () =>
          [...rows.values()].flatMap(({ status, final, appId }) =>
            status === 'CANCELLED' && !final
              ? [
                  {
                    messageId: 'm',
                    appId,
                    destAddr: null,
                    context: null,
                    status: 'CANCELLED' as const,
                    reason: 'CANCELLED',
                  },
                ]
              : [],
          ),
        publish: async (statuses) => void events.push(...statuses),
        markAnnounced: async (_tx, messages) => {
          for (const message of messages) rows.get(toMessageKey(message))!.final = true;
          return messages;
        },
        now: () => 1,
        crashPoint,
      },
      of,
    );
  const cancel = (ahead = false) =>
    cancelMessage(
      { messageId: 'm', appId: 'billing', ahead },
      {
        markCancelled: async (messageId, appId) => {
          step();
          const row = rows.get(toMessageKey({ messageId, appId }));
          if (row === undefined || !['NEW', 'QUEUED', 'SCHEDULED'].includes(row.status)) return false;
          row.status = 'CANCELLED';
          return true;
        },
        findEntered: async (message) => {
          step();
          return rows.get(toMessageKey(message));
        },
        recall: () => (options.known ? { to: '1', context: null, createdAt: 1, expiresAt: 2 } : undefined),
        takeAhead: () => undefined,
        insertTombstone: async ({ messageId, appId }) => {
          step();
          const key = toMessageKey({ messageId, appId });
          if (rows.has(key)) return false;
          rows.set(key, { appId, status: 'CANCELLED', final: false });
          return true;
        },
        announce: async (message) => void (await announce(message)),
        now: () => 1,
        crashPoint,
      },
    );
  return { rows, handed, events, relay, cancel, announce };
};

describe('cancelling a message', () => {
  const states = fc.constantFrom(undefined, 'NEW', 'QUEUED', 'SCHEDULED', 'HANDED', 'DELIVERED', 'CANCELLED');
  const crashes = fc.constantFrom(
    undefined,
    'producer.cancel.after-mark',
    'producer.cancel.before-publish',
    'producer.cancel.before-commit',
  );

  it('never reports a sent message as cancelled, whenever the relay runs and at every crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        states,
        fc.option(fc.nat(4), { nil: undefined }),
        crashes,
        fc.boolean(),
        fc.boolean(),
        async (status, relayBefore, crashAt, known, ahead) => {
          const ledger = createLedger({
            crashAt,
            known,
            ...(status === undefined ? {} : { row: { appId: 'billing', status, final: status === 'DELIVERED' } }),
            ...(relayBefore === undefined ? {} : { relayBefore }),
          });
          const outcome = await ledger.cancel(ahead).catch((error: unknown) => {
            if (error instanceof Crash) return undefined;
            throw error;
          });
          ledger.relay();
          const sent = ledger.handed.length > 0 || status === 'HANDED' || status === 'DELIVERED';
          if (outcome?.kind === 'cancelled') expect(sent).toBe(false);
          if (ledger.events.length > 0) expect(sent).toBe(false);
          if (outcome?.kind === 'too-late') expect(sent).toBe(true);
          // a cancellation that a crash left unannounced is announced later: every cancelled
          // message has its event, always the same one
          if (crashAt === undefined) await ledger.announce({ limit: 10 });
          const row = ledger.rows.get('m');
          if (crashAt === undefined && row?.status === 'CANCELLED' && status !== 'CANCELLED') {
            expect(ledger.events.map(({ status: of, isFinal }) => [of, isFinal])).toEqual([['CANCELLED', true]]);
          }
          expect(new Set(ledger.events.map(({ eventId }) => eventId)).size).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: tries(500) },
    );
  });

  it.each([
    ['QUEUED', false, false, 'cancelled'],
    ['HANDED', false, false, 'too-late'],
    ['CANCELLED', false, false, 'cancelled'],
    [undefined, false, false, 'not-found'],
    [undefined, true, false, 'cancelled'],
    [undefined, false, true, 'cancelled'],
  ])('answers, with the ledger %s, published here %s and ahead %s: %s', async (status, known, ahead, kind) => {
    const ledger = createLedger({
      known,
      ...(status === undefined ? {} : { row: { appId: 'billing', status, final: false } }),
    });
    expect((await ledger.cancel(ahead)).kind).toBe(kind);
  });

  it('finds no message of another application', async () => {
    const theirs = { appId: 'portal', status: 'QUEUED', final: false };
    expect(await createLedger({ row: theirs }).cancel()).toEqual({ kind: 'not-found' });
    const ledger = createLedger({ row: theirs });
    expect(await ledger.cancel(true)).toEqual({ kind: 'cancelled' });
    expect(ledger.events.map(({ appId }) => appId)).toEqual(['billing']);
    expect([...ledger.rows.values()].map(({ appId, status }) => `${appId} ${status}`)).toEqual([
      'portal QUEUED',
      'billing CANCELLED',
    ]);
  });
});
