import { type Country, normaliseAddress } from '../../shared/sms/normalise-msisdn';
import type { LedgerMessage } from './collect-plan';
import { type ReportRow, toText } from './exchange-rows';
import { toGatewayKey } from './gateway-key';

/** Finds the message that a report is about, or undefined. */
export type MatchReport = (row: Pick<ReportRow, 'msgId' | 'gatewayMsgId' | 'destAddr'>) => LedgerMessage | undefined;

const keysOf = (message: LedgerMessage): ReadonlySet<string> =>
  new Set([toGatewayKey(message.gatewayMsgId), ...message.parts.map((part) => part.key)].filter((key) => key !== null));

/**
 * Matches by MSG_ID when the report has a known one, else by the gateway's id. Of several messages with that id (gateways use their ids again) the
 * one with the report's number is meant, of those the newest. A number alone never refuses a match: it is written in too many ways.
 */
export const createMatchReport = (messages: readonly LedgerMessage[], country: Country): MatchReport => {
  const byId = new Map(messages.map((message) => [message.messageId, message]));
  const byKey = new Map<string, LedgerMessage[]>();
  for (const message of messages) {
    for (const key of keysOf(message)) {
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [message]);
      else others.push(message);
    }
  }
  const choose = (candidates: readonly LedgerMessage[], destAddr: string | null): LedgerMessage | undefined => {
    if (candidates.length < 2) return candidates[0];
    const number = destAddr === null ? undefined : normaliseAddress(destAddr, country);
    const same = candidates.filter((message) => normaliseAddress(message.destAddr, country) === number);
    return (same.length === 0 ? candidates : same).reduce((newest, message) =>
      (message.sentMs ?? 0) > (newest.sentMs ?? 0) ? message : newest,
    );
  };
  return (row) => {
    const known = byId.get(toText(row.msgId) ?? '');
    if (known !== undefined) return known;
    const key = toGatewayKey(toText(row.gatewayMsgId));
    return key === null ? undefined : choose(byKey.get(key) ?? [], toText(row.destAddr));
  };
};
