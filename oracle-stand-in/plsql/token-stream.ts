import { notSupported } from '../sql/oracle-error';
import { isName, isSymbol, isWord, type Token } from '../sql/tokens';
import type { Tokens } from './syntax-tree';

/** Tokens that are read from left to right. */
export type TokenStream = ReturnType<typeof createTokenStream>;

type Reader = {
  readonly peek: () => Token | undefined;
  readonly takeAny: () => Token;
  readonly refuse: (expected: string) => never;
};

/** Takes the contents of the brackets that open here. */
const takeBracketed = ({ peek, takeAny, refuse }: Reader): Token[] => {
  if (!isSymbol(peek(), '(')) refuse('(');
  const taken: Token[] = [];
  let depth = 0;
  do {
    const token = takeAny();
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    taken.push(token);
  } while (depth > 0);
  return taken.slice(1, -1);
};

/** Takes all tokens before the first one that ends them, ignoring brackets and CASE … END. */
const takeUntil = ({ peek, takeAny, refuse }: Reader, ends: (token: Token) => boolean): Token[] => {
  const taken: Token[] = [];
  let brackets = 0;
  let cases = 0;
  for (;;) {
    const token = peek();
    if (token === undefined) return refuse('the end of an expression');
    if (brackets === 0 && cases === 0 && ends(token)) return taken;
    if (isSymbol(token, '(')) brackets += 1;
    if (isSymbol(token, ')')) brackets -= 1;
    if (isWord(token, 'CASE')) cases += 1;
    if (isWord(token, 'END')) cases -= 1;
    taken.push(takeAny());
  }
};

export const createTokenStream = (tokens: Tokens) => {
  let at = 0;
  const peek = (ahead = 0): Token | undefined => tokens[at + ahead];
  /** Refuses unsupported text. Whether Oracle would accept it, the grammar decides. */
  const refuse = (expected: string): never => {
    const near = tokens
      .slice(at, at + 6)
      .map(({ text }) => text)
      .join(' ');
    throw notSupported(`PL/SQL with "${near}" where the stand-in knows only ${expected}`);
  };
  const sees = (...words: readonly string[]): boolean => words.every((word, ahead) => isWord(peek(ahead), word));
  const takeAny = (): Token => {
    const token = peek();
    if (token === undefined) return refuse('more text');
    at += 1;
    return token;
  };
  const reader: Reader = { peek, takeAny, refuse };
  return {
    peek,
    sees,
    refuse,
    takeAny,
    offset: (): number => peek()?.at ?? tokens.at(-1)?.at ?? 0,
    ended: (): boolean => at >= tokens.length,
    seesSymbol: (symbol: string, ahead = 0): boolean => isSymbol(peek(ahead), symbol),
    /** Takes these words if they follow in this order. */
    takeIf: (...words: readonly string[]): boolean => {
      const there = sees(...words);
      if (there) at += words.length;
      return there;
    },
    expect: (...words: readonly string[]): void => {
      for (const word of words) {
        if (!isWord(peek(), word)) refuse(word);
        at += 1;
      }
    },
    takeSymbolIf: (symbol: string): boolean => {
      const there = isSymbol(peek(), symbol);
      if (there) at += 1;
      return there;
    },
    expectSymbol: (symbol: string): void => {
      if (!isSymbol(peek(), symbol)) refuse(symbol);
      at += 1;
    },
    takeName: (): string => {
      if (!isName(peek())) refuse('a name');
      return takeAny().value;
    },
    takeBracketed: (): Token[] => takeBracketed(reader),
    takeUntil: (ends: (token: Token) => boolean): Token[] => takeUntil(reader, ends),
  };
};
