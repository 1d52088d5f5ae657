import type { Behaviour, SimulatedRow } from './behaviour';
import { createDraw, pick } from './draw';
import { REPLY_TEXTS } from './reply-texts';

/** Extensions that customers write to without a message before; some belong to no application. */
const EXTENSIONS = ['', '0', '01', '1', '10', '1001', '99'] as const;

/**
 * Returns the `no`-th received message of this source that replies to no message. The same
 * arguments give the same message.
 */
export const decideInbound = (source: string, no: number, behaviour: Behaviour): SimulatedRow => {
  const draw = createDraw(behaviour.seed, `${source}/${no}`);
  const digits = String(Math.floor(draw('inboundSender') * 1e9)).padStart(9, '0');
  return {
    kind: 'recv',
    afterMs: 0,
    happenedMs: 0,
    submittedMs: null,
    msgId: null,
    gatewayMsgId: null,
    fromAddr: `${behaviour.countryCode}13${digits}`,
    toAddr: `${behaviour.accessNumber}${pick(EXTENSIONS, draw('inboundExtension'))}`,
    code: null,
    text: pick(REPLY_TEXTS, draw('replyText')),
  };
};
