import { type IdNotation, toGatewayKey, toGatewayKeys } from '../../../shared/ledger/gateway-key';
import { isFinal } from '../../../shared/ledger/status';
import { toCallingCode } from '../../../shared/sms/calling-code';
import { toHalfWidth } from '../../../shared/sms/dialled-text';
import { type Country, normaliseAddress, normaliseMsisdn } from '../../../shared/sms/normalise-msisdn';
import type { LedgerMessage } from './collect-plan';
import { type ReportRow, toText } from './exchange-rows';
import { createFindByMsgId } from './match-msg-id';

type Named = Pick<ReportRow, 'msgId' | 'gatewayMsgId' | 'destAddr' | 'waited'>;

/** Returns the message that a report is about, or undefined. */
export type MatchReport = (row: Named) => LedgerMessage | undefined;

/** More than the clocks of two machines of the bridge differ. */
const CLOCKS_DIFFER_MS = 300_000;

/** A number with fewer digits would match the end of too many numbers. */
const FEWEST_DIGITS = 10;

const NONE: readonly LedgerMessage[] = [];

/** Indexes messages by their gateway ids and those of their segments. */
const byGatewayKey = (messages: readonly LedgerMessage[]): ReadonlyMap<string, readonly LedgerMessage[]> => {
  const found = new Map<string, LedgerMessage[]>();
  const enter = (key: string | null, message: LedgerMessage): void => {
    if (key === null) return;
    const others = found.get(key);
    if (others === undefined) found.set(key, [message]);
    else if (!others.includes(message)) others.push(message);
  };
  for (const message of messages) {
    enter(toGatewayKey(message.gatewayMsgId), message);
    for (const segment of message.segments) enter(segment.key, message);
  }
  return found;
};

/**
 * Returns a test whether a number as the gateway wrote it can be `destAddr`: with another prefix,
 * or with hidden digits (`138****8000`, `138xxxx8000`).
 * @param number the written number as E.164 digits, if it is a whole number
 */
const createFits = (country: Country) => {
  const code = toCallingCode(country);
  return (written: string, number: string | undefined, destAddr: string): boolean => {
    if (number === destAddr || written === destAddr) return true;
    const own = normaliseAddress(destAddr, country);
    if (number === own) return true;
    const national = own.startsWith(code) ? own.slice(code.length) : own;
    const digits = toHalfWidth(written)
      .replace(/[x#]/gi, '*')
      .replace(/[^\d*]/g, '');
    if (national.length < FEWEST_DIGITS || digits.length < national.length) return false;
    const end = digits.slice(-national.length);
    return [...end].every((digit, index) => digit === '*' || digit === national[index]);
  };
};

const newest = (messages: readonly LedgerMessage[]): LedgerMessage | undefined =>
  messages.length < 2
    ? messages[0]
    : messages.reduce((latest, message) => ((message.sentMs ?? 0) > (latest.sentMs ?? 0) ? message : latest));

/** Returns true while no reply has decided how the message ended. */
const isOpen = ({ status }: LedgerMessage): boolean => !isFinal(status) || status === 'UNKNOWN';

/**
 * Chooses without a number. If all candidates went to one number, the report belongs to the newest.
 * With several numbers it belongs to the newest only if that is the one candidate without a final
 * reply (the gateway used the id again). Otherwise the report matches nothing.
 */
const withoutNumber = (candidates: readonly LedgerMessage[]): LedgerMessage | undefined => {
  const last = newest(candidates);
  if (last === undefined || candidates.every(({ destAddr }) => destAddr === last.destAddr)) return last;
  return isOpen(last) && candidates.filter(isOpen).length === 1 ? last : undefined;
};

/**
 * Creates the match: by MSG_ID if the report has a known one, else by gateway id and number. One
 * gateway id may stand for many messages, because of a submit for a group or an id that is used
 * again. A report belongs to the message with its number; of several to one number, to the newest;
 * and never to a message for another number. A number that cannot be read (too short, cut) counts
 * only if there are several candidates: then it fits none.
 */
export const createMatchReport = (
  messages: readonly LedgerMessage[],
  country: Country,
  notation: IdNotation = 'same',
  completed?: ReadonlyMap<string, string>,
): MatchReport => {
  const findByMsgId = createFindByMsgId(messages, completed);
  const fits = createFits(country);
  let byKey: ReturnType<typeof byGatewayKey> | undefined;
  const choose = (candidates: readonly LedgerMessage[], written: string | null): LedgerMessage | undefined => {
    if (candidates.length === 0) return undefined;
    if (written === null) return withoutNumber(candidates);
    const number = normaliseMsisdn(written, country);
    const [first] = candidates;
    // Shortcut: nearly always there is one candidate, and its number fits.
    if (candidates.length === 1 && (number === undefined || number === first?.destAddr)) return first;
    return newest(candidates.filter(({ destAddr }) => fits(written, number, destAddr)));
  };
  const candidatesOf = (id: string | null): readonly LedgerMessage[] => {
    byKey ??= byGatewayKey(messages);
    if (notation === 'same') return byKey.get(toGatewayKey(id) ?? '') ?? NONE;
    return [...new Set(toGatewayKeys(id, notation).flatMap((key) => byKey?.get(key) ?? NONE))];
  };
  return (row) => {
    const known = findByMsgId(row);
    if (known !== undefined) return known;
    const candidates = candidatesOf(toText(row.gatewayMsgId));
    const { waited } = row;
    if (waited === undefined) return choose(candidates, toText(row.destAddr));
    // A report cannot be about a message that was handed over after the report came.
    const latest = waited.firstSeenMs + CLOCKS_DIFFER_MS;
    return choose(
      candidates.filter(({ handedMs }) => (handedMs ?? 0) <= latest),
      toText(row.destAddr),
    );
  };
};

/**
 * Returns a report's gateway id in the notation that its message knows. With `hex-decimal` the
 * submit result may have had the other notation.
 */
export const toKnownId = (message: LedgerMessage, id: string | null, notation: IdNotation): string | null => {
  if (id === null || notation === 'same') return id;
  const keys = new Set(toGatewayKeys(id, notation));
  const own = toGatewayKey(message.gatewayMsgId);
  if (own !== null && keys.has(own)) return message.gatewayMsgId;
  return message.segments.find(({ key }) => keys.has(key))?.gatewayMsgId ?? id;
};
