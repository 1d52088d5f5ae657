import type { SmsReceived, SmsStatus } from '../../shared/avro/records';
import type { KafkaRecord } from '../../shared/kafka/ports';
import type { Clock } from '../connect/load-clock';
import type { Colours } from '../output/create-output';
import { joinTo, splitTo, widthOf } from '../output/fit-columns';
import { maskNumber } from '../output/mask-number';
import { toPrintable } from '../output/to-printable';

export type Show = {
  readonly clock: Clock;
  readonly colours: Colours;
  readonly columns: number;
  readonly showNumbers: boolean;
};

const INDENT = '    ';

const toLines = (words: readonly string[], columns: number): string => {
  const parts = words
    .filter((word) => word !== '')
    .flatMap((word) => (widthOf(word) > columns ? splitTo(word, columns - INDENT.length) : [word]));
  return joinTo(parts, { columns, between: '  ', indent: INDENT });
};

const numberOf = (address: string | null, { showNumbers }: Show): string =>
  toPrintable(address === null ? '-' : showNumbers ? address : maskNumber(address));

const statusColour = (status: SmsStatus['status'], colours: Colours): ((text: string) => string) => {
  if (status === 'DELIVERED') return colours.green;
  if (status === 'SUBMITTED') return colours.cyan;
  return status === 'UNKNOWN' || status === 'CANCELLED' ? colours.yellow : colours.red;
};

/**
 * Formats a status as one line, on a narrow terminal as several: time, status, messageId,
 * application, recipient, reason. Pure.
 */
export const showStatus = (status: SmsStatus, show: Show): string => {
  const { colours } = show;
  const part = status.partNo === null ? '' : `part ${status.partNo}/${status.partCount ?? '?'}`;
  const why = [status.reason, status.gatewayCode, status.gatewayMessage, part].filter(Boolean).join(' ');
  const words = [
    colours.dim(show.clock.show(status.occurredAt)),
    statusColour(status.status, colours)(status.status.padEnd(13)),
    toPrintable(status.messageId),
    toPrintable(status.appId ?? '-'),
    numberOf(status.to, show),
    toPrintable(why),
    status.isFinal ? '' : colours.dim('(not final)'),
    status.matched ? '' : colours.yellow('(unmatched)'),
  ];
  return toLines(words, show.columns);
};

/** Formats a received message alike: time, RECEIVED, sender → number, application, text. */
export const showReceived = (received: SmsReceived, show: Show): string => {
  const { colours } = show;
  const words = [
    colours.dim(show.clock.show(received.receivedAt)),
    colours.magenta('RECEIVED'.padEnd(13)),
    `${numberOf(received.from, show)} → ${toPrintable(received.to)}`,
    toPrintable(received.appId ?? '-'),
    toPrintable(received.content),
    received.attempt > 1 ? colours.yellow(`(attempt ${received.attempt})`) : '',
  ];
  return toLines(words, show.columns);
};

/** Formats a record that cannot be decoded as one line. Pure. */
export const showUndecodable = (record: KafkaRecord, problem: string, { clock, colours, columns }: Show): string =>
  toLines(
    [
      colours.dim(clock.show(record.timestamp)),
      colours.red('UNREADABLE'.padEnd(13)),
      `${record.topic}/${record.partition}@${record.offset}`,
      problem,
    ],
    columns,
  );

/** Returns the record for programs, with masked numbers unless `showNumbers` is set. Pure. */
export const withNumbers = <T extends SmsStatus | SmsReceived>(value: T, showNumbers: boolean): T => {
  if (showNumbers) return value;
  if ('from' in value) return { ...value, from: maskNumber(value.from) };
  return value.to === null ? value : { ...value, to: maskNumber(value.to) };
};
