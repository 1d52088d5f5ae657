/** GSM 03.38: the basic alphabet takes one septet a character, its extension table two (an escape first). */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

/** Septets by UTF-16 code unit; 0 = not in the alphabet. The euro sign is the highest. */
const SEPTETS = (() => {
  const table = new Uint8Array(0x20ad);
  for (const character of BASIC) table[character.charCodeAt(0)] = 1;
  for (const character of EXTENSION) table[character.charCodeAt(0)] = 2;
  return table;
})();

const GSM7 = { alone: 160, part: 153 } as const;
const UCS2 = { alone: 70, part: 67 } as const;

const gsm7Septets = (text: string): number | undefined => {
  let septets = 0;
  for (let i = 0; i < text.length; i += 1) {
    const width = SEPTETS[text.charCodeAt(i)];
    if (!width) return undefined;
    septets += width;
  }
  return septets;
};

/** Units of the character that begins here: 2 for a surrogate pair or an escaped septet, neither of which may be cut in two. */
const widthAt = (text: string, at: number, gsm7: boolean): number => {
  if (gsm7) return SEPTETS[text.charCodeAt(at)] ?? 1;
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
};

const splitParts = (text: string, size: number, gsm7: boolean): number => {
  let parts = 1;
  let used = 0;
  for (let i = 0; i < text.length; ) {
    const width = widthAt(text, i, gsm7);
    if (used + width > size) {
      parts += 1;
      used = 0;
    }
    used += width;
    i += gsm7 ? 1 : width;
  }
  return parts;
};

/** MSG_FMT of the default alphabet. Any other that carries text is UCS-2 on the air: no phone knows GBK (15), the gateway translates it. */
const DEFAULT_ALPHABET = 0;

/**
 * How many parts a text becomes on the air, at least 1: UCS-2 70 and 67 code units; GSM-7 160 septets, 153 a part when split.
 * @param msgFmt the data coding that is asked for, as the exchange file has it; GSM-7 only with 0, and where every character is in its alphabet
 */
export const countParts = (text: string, msgFmt: number = DEFAULT_ALPHABET): number => {
  // 70 characters fit in one part in either alphabet
  if (text.length <= UCS2.alone) return 1;
  const septets = msgFmt === DEFAULT_ALPHABET ? gsm7Septets(text) : undefined;
  if (septets === undefined) return splitParts(text, UCS2.part, false);
  return septets <= GSM7.alone ? 1 : splitParts(text, GSM7.part, true);
};
