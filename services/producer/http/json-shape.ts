/** Bodies of the contract are 3 deep, and a batch of 1000 messages has about 10,000 values. */
export const DEEPEST = 10;
export const MOST_VALUES = 20_000;

export type JsonShape =
  | { readonly kind: 'too-deep' }
  | { readonly kind: 'too-many-values' }
  /** `names`: names of fields, of all objects together, repeated ones too */
  | { readonly kind: 'fits'; readonly names: number };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/** Returns the place of the quote that ends the string at `begin`; -1: it has no end. */
const endOfString = (text: string, begin: number): number => {
  let end = text.indexOf('"', begin + 1);
  while (end !== -1) {
    let slash = end - 1;
    while (text.charCodeAt(slash) === BACKSLASH) slash -= 1;
    if ((end - slash) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
};

/**
 * Measures JSON before it is parsed, and stops at the limits: parsing 4 MB of brackets or of names
 * would block the process for a third of a second. Exact for valid JSON; the rest is left to the
 * parser.
 */
export const measureJson = (text: string): JsonShape => {
  let depth = 0;
  let values = 1;
  let names = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) break;
      at = end;
    } else if (code === COMMA) {
      values += 1;
      if (values > MOST_VALUES) return { kind: 'too-many-values' };
    } else if (code === COLON) names += 1;
    // [ and {, ] and } differ from each other in this bit only
    else if ((code | 0x20) === 0x7b) {
      depth += 1;
      values += 1;
      if (depth > DEEPEST) return { kind: 'too-deep' };
      if (values > MOST_VALUES) return { kind: 'too-many-values' };
    } else if ((code | 0x20) === 0x7d) depth -= 1;
  }
  return { kind: 'fits', names };
};

/** Counts the names of fields in a parsed value: fewer than in its text if one was repeated. */
export const countNames = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countNames(item);
    return count;
  }
  for (const name in value) count += 1 + countNames((value as Record<string, unknown>)[name]);
  return count;
};

/** Finds the first name that one object of a valid JSON text has twice. */
export const findRepeatedName = (text: string): string | undefined => {
  const open: Set<string>[] = [];
  let last = '';
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      last = text.slice(at, end + 1);
      at = end;
    } else if ((code | 0x20) === 0x7b) open.push(new Set());
    else if ((code | 0x20) === 0x7d) open.pop();
    else if (code === COLON) {
      const name = JSON.parse(last) as string;
      if (open.at(-1)?.has(name)) return name;
      open.at(-1)?.add(name);
    }
  }
  return undefined;
};
