/** `raw` is PostgreSQL text that a translation has inserted. */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'bind' | 'symbol' | 'raw';

/** A token of a statement. Comments and white space have no tokens. */
export type Token = {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Word in upper case, name without its quotes, content of a string, name of a bind, symbol. */
  readonly value: string;
  /** Offset in the statement. */
  readonly at: number;
};

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`(?<qstring>[nN]?[qQ]'(?:\[[\s\S]*?\]'|\{[\s\S]*?\}'|\([\s\S]*?\)'|<[\s\S]*?>'|(?<mark>[^\s[{(<])[\s\S]*?\k<mark>'))`,
    `(?<string>[nN]?'(?:[^']|'')*')`,
    `(?<quoted>"[^"]*")`,
    String.raw`(?<word>[A-Za-z\u0080-\uffff][A-Za-z0-9_$#\u0080-\uffff]*)`,
    String.raw`(?<number>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)`,
    String.raw`(?<bind>:\s*(?:[A-Za-z][A-Za-z0-9_$#]*|\d+))`,
    String.raw`(?<symbol>\|\||:=|=>|<=|>=|<>|!=|\^=|\*\*|\.\.|::|[^\s])`,
  ].join('|'),
  'gu',
);

const contentOf = (kind: TokenKind, text: string): string => {
  switch (kind) {
    case 'word':
      return text.toUpperCase();
    case 'quoted':
      return text.slice(1, -1);
    case 'string':
      return /^n?q'/i.test(text)
        ? text.slice(text.indexOf("'") + 2, -2)
        : text.slice(text.indexOf("'") + 1, -1).replaceAll("''", "'");
    case 'bind':
      return text.slice(1).trim().toUpperCase();
    default:
      return text;
  }
};

/** Splits an Oracle statement into tokens. */
export const toTokens = (sql: string): Token[] => {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(PATTERN)) {
    const groups = match.groups as Record<string, string | undefined>;
    if (groups.space !== undefined) continue;
    const kind =
      (['string', 'quoted', 'word', 'number', 'bind', 'symbol'] as const).find((name) => groups[name] !== undefined) ??
      'string';
    tokens.push({ kind, text: match[0], value: contentOf(kind, match[0]), at: match.index });
  }
  return tokens;
};

export const raw = (text: string): Token => ({ kind: 'raw', text, value: '', at: -1 });

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.value);

export const isSymbol = (token: Token | undefined, ...symbols: readonly string[]): boolean =>
  token?.kind === 'symbol' && symbols.includes(token.value);

export const isName = (token: Token | undefined): token is Token => token?.kind === 'word' || token?.kind === 'quoted';

/** Returns the index after the bracket that closes the one at `open`. */
export const behindBracket = (tokens: readonly Token[], open: number): number => {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (isSymbol(tokens[at], '(')) depth += 1;
    else if (isSymbol(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
};

/** Returns the first index outside brackets that fulfils the test; `end` without one. */
export const findOutside = (
  tokens: readonly Token[],
  from: number,
  test: (token: Token, at: number) => boolean,
  end = tokens.length,
): number => {
  let at = from;
  while (at < end) {
    const token = tokens[at] as Token;
    if (test(token, at)) return at;
    at = isSymbol(token, '(') ? behindBracket(tokens, at) : at + 1;
  }
  return end;
};

/** Splits at symbols (commas, semicolons) outside brackets. */
export const splitOutside = (tokens: readonly Token[], symbol = ','): Token[][] => {
  const parts: Token[][] = [];
  let from = 0;
  while (from <= tokens.length) {
    const at = findOutside(tokens, from, (token) => isSymbol(token, symbol));
    parts.push(tokens.slice(from, at));
    from = at + 1;
  }
  return parts;
};

/** Returns one text for statements that differ only in white space, comments, letter case. */
export const toNormalText = (sql: string): string =>
  toTokens(sql)
    .map(({ kind, text, value }) => (kind === 'word' ? value : kind === 'bind' ? `:${value}` : text))
    .join(' ')
    .replace(/ ;$/, '');
