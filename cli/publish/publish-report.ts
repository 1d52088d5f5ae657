import type { SmsStatus } from '../../shared/avro/records';
import type { Output } from '../output/create-output';
import type { Progress } from '../output/open-progress';
import { toPrintable } from '../output/to-printable';
import type { Input } from './open-input';
import type { Published, PublishPorts } from './publish-messages';

export type PublishReport = {
  readonly published: (batch: readonly Published[]) => void;
  readonly bad: PublishPorts['onBad'];
  readonly final: (status: SmsStatus) => void;
  /** a message whose final status is older than this run */
  readonly sentBefore: (status: SmsStatus) => void;
  readonly lookedBack: () => void;
  readonly waiting: () => void;
  readonly gaveUp: (open: number) => void;
  readonly summary: () => void;
  /** tells whether any line was read, so that a summary makes sense */
  readonly begun: () => boolean;
  readonly allWell: () => boolean;
};

/** Statuses that count as success: DELIVERED, or SUBMITTED when no report was requested. */
const GOOD_ENDS: readonly string[] = ['DELIVERED', 'SUBMITTED'];

const count = (value: number): string => value.toLocaleString('en');

/** Most frequent first; equal ones by name, so that two runs give the same order. */
const toStatusCounts = (ends: ReadonlyMap<string, number>): readonly string[] =>
  [...ends]
    .sort(([a, totalA], [b, totalB]) => totalB - totalA || a.localeCompare(b))
    .map(([status, total]) => `${count(total)} ${status}`);

const toOutcome = (final: number, open: number | undefined, ends: ReadonlyMap<string, number>) => ({
  final,
  open: open ?? 0,
  byStatus: Object.fromEntries(ends),
});

// long: the parts of the report share its counts
/** Creates the report of one run of `publish`; it counts lines and final statuses. */
export const createPublishReport = (world: {
  readonly output: Output;
  readonly progress: Progress;
  readonly input: Input;
  /** one message from the options: it has no line number */
  readonly single: boolean;
  readonly dryRun: boolean;
}): PublishReport => {
  const { output, progress, input, single, dryRun } = world;
  const startedAt = Date.now();
  const ends = new Map<string, number>();
  let published = 0;
  let bad = 0;
  let finals = 0;
  let before = 0;
  let open: number | undefined;
  const verb = dryRun ? 'good' : 'published';

  const show = (): void => {
    if (single) return;
    const rate = Math.round((published * 1000) / Math.max(1, Date.now() - startedAt));
    const words = `${count(published)} ${verb}, ${count(bad)} bad, ${count(rate)}/s`;
    progress.update(input.readBytes(), input.totalBytes ?? Math.max(1, input.readBytes()), words);
  };

  const showFinals = (): void => {
    if (single) return;
    progress.update(finals, Math.max(published, finals), `${count(finals)} of ${count(published)} final`);
  };

  const final = ({ messageId, status, reason, gatewayCode }: SmsStatus, more: object): void => {
    finals += 1;
    ends.set(status, (ends.get(status) ?? 0) + 1);
    if (output.json) output.emit({ result: 'final', messageId, status, reason, gatewayCode, ...more }, () => '');
    else if (single) output.say([status, reason ?? gatewayCode ?? ''].join(' ').trimEnd());
    else showFinals();
  };

  return {
    published: (batch) => {
      published += batch.length;
      for (const { line, message } of batch) {
        const { messageId } = message;
        if (output.json) output.emit({ line, result: verb, messageId }, () => '');
        else if (single) output.say(`${verb} ${messageId}`);
      }
      show();
    },
    bad: (line, problem, messageId) => {
      bad += 1;
      const { code, field, message } = problem;
      const id = messageId === undefined ? {} : { messageId };
      if (output.json) output.emit({ line, result: 'bad', code, field, message, ...id }, () => '');
      else progress.note(`${single ? '' : `line ${line}: `}${output.colours.red(code)} ${toPrintable(message)}`);
      show();
    },
    final: (status) => final(status, {}),
    sentBefore: (status) => {
      before += 1;
      final(status, { sentBefore: true });
    },
    lookedBack: () => {
      if (before > 0) progress.note(`${count(before)} ${before === 1 ? 'was' : 'were'} sent before`);
    },
    waiting: showFinals,
    gaveUp: (left) => {
      open = left;
      progress.note(`${count(left)} without a final status; continue with \`sms-bridge tail status\``);
    },
    summary: () => {
      const waitedFor = finals > 0 || open !== undefined ? toOutcome(finals, open, ends) : {};
      if (output.json)
        output.emit(
          { result: 'summary', [verb]: published, bad, ...waitedFor, ...(before > 0 && { sentBefore: before }) },
          () => '',
        );
      else if (!single)
        output.say([`${count(published)} ${verb}`, `${count(bad)} bad`, ...toStatusCounts(ends)].join(', '));
    },
    begun: () => published + bad > 0,
    allWell: () => bad === 0 && (open ?? 0) === 0 && [...ends.keys()].every((status) => GOOD_ENDS.includes(status)),
  };
};
