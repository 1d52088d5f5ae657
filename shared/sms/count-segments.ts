/**
 * GSM 7-bit default alphabet (3GPP TS 23.038, formerly GSM 03.38): one septet a character. A
 * character of the extension table takes two, because an escape precedes it.
 */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

/** Septets by UTF-16 code unit; 0: not in the alphabet. The euro sign is the highest. */
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

/**
 * Returns the units of the character at `index`: 2 for a surrogate pair or an escaped septet,
 * neither of which may be split.
 */
const widthAt = (text: string, index: number, gsm7: boolean): number => {
  if (gsm7) return SEPTETS[text.charCodeAt(index)] ?? 1;
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
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

/**
 * MSG_FMT of the default alphabet. A text with any other data coding is sent as UCS-2: phones do
 * not know GBK (15), so the gateway converts it.
 */
const DEFAULT_ALPHABET = 0;

/**
 * Counts the segments in which a text is sent, at least 1. UCS-2: 70 code units in a single
 * message, 67 in each of several segments. GSM-7: 160 septets, or 153 (3GPP TS 23.040 reserves 6
 * octets for the concatenation header).
 * @param msgFmt requested data coding, as in the exchange file; GSM-7 applies only with 0 and when
 * every character is in its alphabet
 */
export const countSegments = (text: string, msgFmt: number = DEFAULT_ALPHABET): number => {
  // Up to 70 characters fit into one segment in either alphabet.
  if (text.length <= UCS2.alone) return 1;
  const septets = msgFmt === DEFAULT_ALPHABET ? gsm7Septets(text) : undefined;
  if (septets === undefined) return splitParts(text, UCS2.part, false);
  return septets <= GSM7.alone ? 1 : splitParts(text, GSM7.part, true);
};
