/**
 * C0 and C1 controls and marks of text direction. The text of an SMS may come from any phone, and
 * must not control the terminal that shows it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Returns a foreign text on one line, with control characters written as escapes. Pure. */
export const toPrintable = (text: string): string =>
  text.replace(UNPRINTABLE, (mark) => NAMED[mark] ?? `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
