import { type IdNotation, toGatewayKey, toGatewayKeys } from '../../../shared/ledger/gateway-key';
import { isFinal } from '../../../shared/ledger/status';
import { toCallingCode } from '../../../shared/sms/calling-code';
import { toHalfWidth } from '../../../shared/sms/dialled-text';
import { type Country, normaliseAddress, normaliseMsisdn } from '../../../shared/sms/normalise-msisdn';
import type { LedgerMessage } from './collect-plan';
import { type ReportRow, toText } from './exchange-rows';
import { createFindByMsgId } from './match-msg-id';

type Named = Pick<ReportRow, 'msgId' | 'gatewayMsgId' | 'destAddr' | 'waited'>;

/** Finds the message that a report is about, or undefined. */
export type MatchReport = (row: Named) => LedgerMessage | undefined;

/** Clocks of two of our machines differ by less. */
const CLOCKS_DIFFER_MS = 300_000;

/** Shorter digits are the end of too many numbers. */
const FEWEST_DIGITS = 10;

const NONE: readonly LedgerMessage[] = [];

/** Messages by what the gateway calls them and their parts. */
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
    for (const part of message.parts) enter(part.key, message);
  }
  return found;
};

/**
 * Whether what a gateway wrote for a number can be this one: with a prefix of its own, or with some digits hidden (`138****8000`, `138xxxx8000`).
 * @param number what was written as E.164 digits, when it is a whole number
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
    return [...end].every((digit, at) => digit === '*' || digit === national[at]);
  };
};

const newest = (messages: readonly LedgerMessage[]): LedgerMessage | undefined =>
  messages.length < 2
    ? messages[0]
    : messages.reduce((latest, message) => ((message.sentMs ?? 0) > (latest.sentMs ?? 0) ? message : latest));

/** Nothing has decided yet what became of it. */
const isOpen = ({ status }: LedgerMessage): boolean => !isFinal(status) || status === 'UNKNOWN';

/**
 * Without a number: several messages to one person are that person's, so the newest is meant; of several persons the newest, when it is the only one
 * that nothing was reported of (the gateway uses an id again). Else nobody can tell.
 */
const withoutNumber = (candidates: readonly LedgerMessage[]): LedgerMessage | undefined => {
  const last = newest(candidates);
  if (last === undefined || candidates.every(({ destAddr }) => destAddr === last.destAddr)) return last;
  return isOpen(last) && candidates.filter(isOpen).length === 1 ? last : undefined;
};

/**
 * Matches by MSG_ID when the report has a known one, else by the gateway's id and the number. One id may stand for many messages (a submit for a group,
 * or an id that is used again): a report goes to the message whose number it names, of several to one number to the newest, and never to somebody else's.
 * A number that is written in a way nobody can read (too short, cut) tells nothing, and only with several messages matters that it fits none.
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
    // nearly always there is one, and it is the one
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
    // what was handed over after the report came cannot be what it is about
    const latest = waited.firstSeenMs + CLOCKS_DIFFER_MS;
    return choose(
      candidates.filter(({ handedMs }) => (handedMs ?? 0) <= latest),
      toText(row.destAddr),
    );
  };
};

/** The id of a report as its message knows it: with `hex-decimal` the submit result may have had it in the other notation. */
export const toKnownId = (message: LedgerMessage, id: string | null, notation: IdNotation): string | null => {
  if (id === null || notation === 'same') return id;
  const keys = new Set(toGatewayKeys(id, notation));
  const own = toGatewayKey(message.gatewayMsgId);
  if (own !== null && keys.has(own)) return message.gatewayMsgId;
  return message.parts.find(({ key }) => keys.has(key))?.gatewayMsgId ?? id;
};
