import { notSupported } from '../sql/oracle-error';
import { findOutside, isName, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { parseDeclarations } from './parse-declarations';
import type { Branch, Handler, Statement, Tokens } from './syntax-tree';
import type { TokenStream } from './token-stream';

const isEnd = (token: Token): boolean => isSymbol(token, ';');
const before =
  (...words: readonly string[]) =>
  (token: Token): boolean =>
    isWord(token, ...words);

const takeStatementTokens = (stream: TokenStream): Token[] => {
  const tokens: Token[] = [];
  let depth = 0;
  while (depth > 0 || !stream.seesSymbol(';')) {
    const token = stream.takeAny();
    if (isSymbol(token, '(')) depth += 1;
    if (isSymbol(token, ')')) depth -= 1;
    tokens.push(token);
  }
  stream.expectSymbol(';');
  return tokens;
};

const takeIfStatement = (stream: TokenStream, at: number): Statement => {
  const branches: Branch[] = [];
  stream.expect('IF');
  do {
    const condition = stream.takeUntil(before('THEN'));
    stream.expect('THEN');
    branches.push({ condition, body: parseStatements(stream) });
  } while (stream.takeIf('ELSIF'));
  const otherwise = stream.takeIf('ELSE') ? parseStatements(stream) : [];
  stream.expect('END', 'IF');
  stream.expectSymbol(';');
  return { at, kind: 'if', branches, otherwise };
};

const takeLoopBody = (stream: TokenStream): Statement[] => {
  stream.expect('LOOP');
  const body = parseStatements(stream);
  stream.expect('END', 'LOOP');
  stream.expectSymbol(';');
  return body;
};

const takeRange = (stream: TokenStream, ends: (token: Token) => boolean) => {
  if (stream.sees('REVERSE')) stream.refuse('a range');
  const from = stream.takeUntil((token) => isSymbol(token, '..'));
  stream.expectSymbol('..');
  return { from, to: stream.takeUntil(ends) };
};

const takeForLoop = (stream: TokenStream, at: number): Statement => {
  stream.expect('FOR');
  const name = stream.takeName();
  stream.expect('IN');
  if (stream.seesSymbol('(') && isWord(stream.peek(1), 'SELECT', 'WITH'))
    return { at, kind: 'rows', name, query: stream.takeBracketed(), body: takeLoopBody(stream) };
  const range = takeRange(stream, before('LOOP'));
  return { at, kind: 'count', name, ...range, body: takeLoopBody(stream) };
};

/**
 * Parses FORALL, which is one statement in Oracle, as a loop. In both, an error keeps the effects
 * of earlier iterations.
 */
const takeForAll = (stream: TokenStream, at: number): Statement => {
  stream.expect('FORALL');
  const name = stream.takeName();
  stream.expect('IN');
  if (isWord(stream.peek(), 'INDICES', 'VALUES')) stream.refuse('a range');
  const range = takeRange(stream, before('INSERT', 'UPDATE', 'DELETE', 'MERGE', 'SAVE'));
  if (stream.sees('SAVE')) stream.refuse('a statement');
  const inner = stream.offset();
  return { at, kind: 'count', name, ...range, body: [{ at: inner, kind: 'dml', tokens: takeStatementTokens(stream) }] };
};

const takeSelect = (stream: TokenStream, at: number): Statement => {
  const tokens = takeStatementTokens(stream);
  const into = findOutside(tokens, 0, before('INTO'));
  if (into === tokens.length) throw notSupported('SELECT without INTO');
  if (isWord(tokens[into - 1], 'COLLECT')) throw notSupported('BULK COLLECT');
  const from = findOutside(tokens, into, before('FROM'));
  const targets = splitOutside(tokens.slice(into + 1, from));
  return { at, kind: 'select', query: [...tokens.slice(0, into), ...tokens.slice(from)], targets };
};

const takeBlock = (stream: TokenStream, at: number): Statement => {
  const declarations = stream.takeIf('DECLARE') ? parseDeclarations(stream, parseBlockBody) : [];
  stream.expect('BEGIN');
  const block = { declarations, ...parseBlockBody(stream) };
  stream.expectSymbol(';');
  return { at, kind: 'block', block };
};

const takeJump = (stream: TokenStream, at: number): Statement => {
  const kind = stream.takeAny().value === 'EXIT' ? 'exit' : 'continue';
  if (isName(stream.peek()) && !stream.sees('WHEN')) stream.refuse('a loop without a label');
  const condition = stream.takeIf('WHEN') ? stream.takeUntil(isEnd) : undefined;
  stream.expectSymbol(';');
  return { at, kind, condition };
};

const takeCallOrAssignment = (stream: TokenStream, at: number): Statement => {
  const tokens = takeStatementTokens(stream);
  const assign = findOutside(tokens, 0, (token) => isSymbol(token, ':='));
  if (assign < tokens.length)
    return { at, kind: 'assign', target: tokens.slice(0, assign), value: tokens.slice(assign + 1) };
  const [name, open] = tokens as [Token, Token | undefined];
  if (!isName(name)) throw notSupported(`the PL/SQL statement "${tokens.map(({ text }) => text).join(' ')}"`);
  if (open === undefined) return { at, kind: 'call', name: name.value, args: [] };
  if (isSymbol(open, '.') && isWord(tokens[2], 'DELETE') && tokens.length === 3)
    return { at, kind: 'delete-all', name: name.value };
  if (!isSymbol(open, '(') || !isSymbol(tokens.at(-1), ')'))
    throw notSupported(`the PL/SQL statement "${tokens.map(({ text }) => text).join(' ')}"`);
  return { at, kind: 'call', name: name.value, args: splitOutside(tokens.slice(2, -1)) };
};

const simple = (stream: TokenStream, at: number): Statement => {
  const tokens: Tokens = takeStatementTokens(stream);
  switch (tokens[0]?.value) {
    case 'NULL':
      return { at, kind: 'null' };
    case 'RETURN':
      return { at, kind: 'return', value: tokens.length > 1 ? tokens.slice(1) : undefined };
    case 'RAISE':
      return { at, kind: 'raise', name: tokens[1]?.value };
    case 'COMMIT':
    case 'ROLLBACK':
    case 'SAVEPOINT':
      return { at, kind: 'commit' };
    default:
      return { at, kind: 'dml', tokens };
  }
};

const SIMPLE = [
  'NULL',
  'RETURN',
  'RAISE',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'MERGE',
  'LOCK',
];
const UNKNOWN = ['EXECUTE', 'OPEN', 'FETCH', 'CLOSE', 'GOTO', 'CASE', 'PIPE', 'SET'];

const takeStatement = (stream: TokenStream): Statement => {
  const at = stream.offset();
  if (stream.sees('IF')) return takeIfStatement(stream, at);
  if (stream.sees('FOR')) return takeForLoop(stream, at);
  if (stream.sees('FORALL')) return takeForAll(stream, at);
  if (stream.sees('WHILE') || stream.sees('LOOP')) {
    const condition = stream.takeIf('WHILE') ? stream.takeUntil(before('LOOP')) : undefined;
    return { at, kind: 'loop', condition, body: takeLoopBody(stream) };
  }
  if (isWord(stream.peek(), 'EXIT', 'CONTINUE')) return takeJump(stream, at);
  if (isWord(stream.peek(), 'SELECT', 'WITH')) return takeSelect(stream, at);
  if (isWord(stream.peek(), 'BEGIN', 'DECLARE')) return takeBlock(stream, at);
  if (isWord(stream.peek(), ...UNKNOWN)) stream.refuse('a statement');
  if (isWord(stream.peek(), ...SIMPLE)) return simple(stream, at);
  return takeCallOrAssignment(stream, at);
};

/** Parses statements up to a word that ends them. */
const parseStatements = (stream: TokenStream): Statement[] => {
  const statements: Statement[] = [];
  while (!isWord(stream.peek(), 'END', 'ELSE', 'ELSIF', 'EXCEPTION', 'WHEN')) statements.push(takeStatement(stream));
  return statements;
};

/** Parses the text after BEGIN, including END, but not the name or semicolon after it. */
export const parseBlockBody = (stream: TokenStream): { readonly body: Statement[]; readonly handlers: Handler[] } => {
  const body = parseStatements(stream);
  const handlers: Handler[] = [];
  if (stream.takeIf('EXCEPTION')) {
    while (stream.sees('WHEN')) {
      const at = stream.offset();
      stream.expect('WHEN');
      const names = [stream.takeName()];
      while (stream.takeIf('OR')) names.push(stream.takeName());
      stream.expect('THEN');
      handlers.push({ at, names, body: parseStatements(stream) });
    }
  }
  stream.expect('END');
  return { body, handlers };
};
