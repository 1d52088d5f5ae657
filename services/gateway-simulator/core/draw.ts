/**
 * The choices left to chance. Each has a number of its own, so that enabling one behaviour leaves
 * all other choices unchanged: append, never renumber.
 */
const PURPOSES = {
  submitDelay: 1,
  submitFailed: 2,
  submitFailedCode: 3,
  noSubmit: 4,
  duplicateSubmit: 5,
  troubledPart: 6,
  reportDelay: 7,
  reportCode: 8,
  noReport: 9,
  duplicateReport: 10,
  duplicateDelay: 11,
  earlyReport: 12,
  lateReport: 13,
  lateDelay: 14,
  interimReport: 15,
  unknownReport: 16,
  unknownId: 17,
  nullMsgId: 18,
  otherId: 19,
  otherIdForm: 20,
  otherNumber: 21,
  otherNumberForm: 22,
  reply: 23,
  replyDelay: 24,
  replyText: 25,
  inboundSender: 26,
  inboundExtension: 27,
} as const;

export type Purpose = keyof typeof PURPOSES;

/**
 * Returns a number in [0, 1) for a purpose and a part of the message; always the same for the same
 * arguments.
 */
export type Draw = (purpose: Purpose, part?: number) => number;

/** Returns two halves of a 64-bit hash of a text (cyrb64: even, and quick for short texts). */
const hash = (text: string): readonly [number, number] => {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return [a, b];
};

const mix = (value: number): number => {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/** Creates chance as a pure function of a seed and a subject, such as a MSG_ID. */
export const createDraw = (seed: string, subject: string): Draw => {
  const [a, b] = hash(`${seed}/${subject}`);
  return (purpose, part = 0) =>
    (mix(b ^ mix(a ^ Math.imul(PURPOSES[purpose] + 64 * part, 0x9e3779b1))) >>> 0) / 2 ** 32;
};

/** Bounds of a duration in ms, both included. */
export type Range = { readonly min: number; readonly max: number };

export const pickInRange = ({ min, max }: Range, drawn: number): number => min + Math.floor(drawn * (max - min + 1));

/** Picks one of several values with a probability in proportion to its weight. */
export const pickWeighted = <T extends { readonly weight: number }>(choices: readonly T[], drawn: number): T => {
  let rest = drawn * choices.reduce((sum, { weight }) => sum + weight, 0);
  const found = choices.find(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
  return found ?? (choices[choices.length - 1] as T);
};

export const pick = <T>(choices: readonly T[], drawn: number): T => choices[Math.floor(drawn * choices.length)] as T;
