import { type Country, normaliseAddress } from '../../shared/sms/normalise-msisdn';
import type { LedgerMessage } from './collect-plan';
import { type ReportRow, toText } from './exchange-rows';
import { toGatewayKey } from './gateway-key';
import { createFindByMsgId } from './match-msg-id';

/** Finds the message that a report is about, or undefined. */
export type MatchReport = (row: Pick<ReportRow, 'msgId' | 'gatewayMsgId' | 'destAddr'>) => LedgerMessage | undefined;

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
 * Matches by MSG_ID when the report has a known one, else by the gateway's id. Of several messages with that id (gateways use their ids again) the
 * one with the report's number is meant, of those the newest. A number alone never refuses a match: it is written in too many ways.
 */
export const createMatchReport = (
  messages: readonly LedgerMessage[],
  country: Country,
  completed?: ReadonlyMap<string, string>,
): MatchReport => {
  const findByMsgId = createFindByMsgId(messages, completed);
  let byKey: ReturnType<typeof byGatewayKey> | undefined;
  const choose = (candidates: readonly LedgerMessage[], destAddr: string | null): LedgerMessage | undefined => {
    if (candidates.length < 2) return candidates[0];
    const number = destAddr === null ? undefined : normaliseAddress(destAddr, country);
    const same = candidates.filter((message) => normaliseAddress(message.destAddr, country) === number);
    return (same.length === 0 ? candidates : same).reduce((newest, message) =>
      (message.sentMs ?? 0) > (newest.sentMs ?? 0) ? message : newest,
    );
  };
  return (row) => {
    const known = findByMsgId(row);
    if (known !== undefined) return known;
    const key = toGatewayKey(toText(row.gatewayMsgId));
    if (key === null) return undefined;
    byKey ??= byGatewayKey(messages);
    return choose(byKey.get(key) ?? [], toText(row.destAddr));
  };
};
