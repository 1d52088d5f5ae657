import { PHASES, planArchive } from '../../../services/archiver/core/plan-archive';
import { LONGEST_LIFE_MS } from '../../../shared/sms/effective-times';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 2, 1, 17, 30);
const limits = {
  reportDeadlineMs: 72 * HOUR,
  receivedRetryMs: 24 * HOUR,
  receivedMaxAttempts: 5,
  pendingAckMs: 7 * 24 * HOUR,
  sendLogRetentionMs: 730 * 24 * HOUR,
  receiveLogRetentionMs: 365 * 24 * HOUR,
  sliceRows: 1000,
};

describe('planArchive', () => {
  it('computes every cut-off from one reading of the clock', () => {
    expect(planArchive(now, limits)).toEqual({
      now,
      handedBefore: now - 72 * HOUR,
      reportDeadlineMs: 72 * HOUR,
      expiredBefore: now,
      createdBefore: now - LONGEST_LIFE_MS,
      offeredBefore: now - 24 * HOUR,
      receivedMaxAttempts: 5,
      pendingAckBefore: now - 7 * 24 * HOUR,
      sendArchivedBefore: now - 730 * 24 * HOUR,
      receiveArchivedBefore: now - 365 * 24 * HOUR,
      sliceRows: 1000,
    });
  });
});

describe('the order of the phases', () => {
  const isBefore = (a: (typeof PHASES)[number], b: (typeof PHASES)[number]) =>
    expect(PHASES.indexOf(a)).toBeLessThan(PHASES.indexOf(b));

  it('ends messages before it moves final ones', () => {
    isBefore('end-unanswered', 'move-sent');
    isBefore('expire-unhanded', 'move-sent');
  });
  it('applies early acknowledgements before messages are moved, offered again or dropped', () => {
    for (const later of ['drop-acks', 'move-processed', 'offer-again', 'move-unprocessed'] as const)
      isBefore('apply-acks', later);
  });
  it('offers again before it gives up: an offered row has a new time by then', () => {
    isBefore('offer-again', 'move-unprocessed');
  });
});
