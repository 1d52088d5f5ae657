import { behindBracket, isName, isSymbol, isWord, splitOutside, type Token } from '../sql/tokens';
import { PROJECT_RULE, problem, type StatementProblem } from './lint-problem';
import { ALLOWED_TYPES, RESERVED_WORDS } from './reserved-words';

/** Names of at most 30 bytes work in every release and DBA tool; 12.2 and later allow 128. */
const OUR_NAME_BYTES = 30;
const MAX_NAME_BYTES = 128;
const MAX_VARCHAR = 4000;

export const longName = (tokens: readonly Token[]): StatementProblem | undefined => {
  const longer = (bytes: number) => (token: Token) =>
    (token.kind === 'bind' || isName(token)) && Buffer.byteLength(token.value) > bytes;
  const found = tokens.find(longer(MAX_NAME_BYTES)) ?? tokens.find(longer(OUR_NAME_BYTES));
  if (found === undefined) return undefined;
  return Buffer.byteLength(found.value) > MAX_NAME_BYTES
    ? problem(972, 'identifier is too long')
    : problem(
        PROJECT_RULE,
        `${found.value} has more than ${OUR_NAME_BYTES} bytes, which older releases and tools refuse`,
      );
};

const NAME_BEFORE_CLAUSE = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN', 'SUPPLEMENTAL'];

const typeProblem = (tokens: readonly Token[], at: number): StatementProblem | undefined => {
  const type = tokens[at];
  if (isWord(type, 'LONG')) return problem(PROJECT_RULE, 'LONG is deprecated: use CLOB');
  if (type?.kind !== 'word' || !ALLOWED_TYPES.has(type.value))
    return problem(902, `invalid datatype: ${type?.text ?? 'none'}`);
  const length = isSymbol(tokens[at + 1], '(') ? Number(tokens[at + 2]?.value) : undefined;
  if (type.value === 'VARCHAR2' && length === undefined)
    return problem(906, 'missing left parenthesis: VARCHAR2 needs a length');
  if (type.value === 'VARCHAR2' && (length! < 1 || length! > MAX_VARCHAR))
    return problem(910, 'specified length too long for its datatype');
  if (type.value === 'NUMBER' && length !== undefined && (length < 1 || length > 38)) {
    return problem(1727, 'numeric precision specifier is out of range (1 to 38)');
  }
  const local = isWord(tokens[at], 'TIMESTAMP') && tokens.slice(at, at + 6).some((token) => isWord(token, 'LOCAL'));
  return local ? problem(PROJECT_RULE, 'TIMESTAMP WITH LOCAL TIME ZONE depends on the session') : undefined;
};

const columnProblem = (item: readonly Token[]): StatementProblem | undefined => {
  const [name] = item;
  if (isWord(name, ...NAME_BEFORE_CLAUSE)) return undefined;
  if (name?.kind === 'word' && RESERVED_WORDS.has(name.value))
    return problem(904, `${name.text} is a reserved word: invalid identifier`);
  return item.length > 1 ? typeProblem(item, 1) : undefined;
};

const itemsAt = (tokens: readonly Token[], open: number): Token[][] =>
  isSymbol(tokens[open], '(') ? splitOutside(tokens.slice(open + 1, behindBracket(tokens, open) - 1)) : [];

/** Checks the columns of CREATE TABLE and ALTER TABLE ADD: names and types. */
export const columns = (tokens: readonly Token[]): StatementProblem | undefined => {
  const creates = isWord(tokens[0], 'CREATE') && isWord(tokens[1], 'TABLE');
  const alters = isWord(tokens[0], 'ALTER') && isWord(tokens[1], 'TABLE');
  if (!creates && !alters) return undefined;
  if (tokens[2]?.kind === 'word' && RESERVED_WORDS.has(tokens[2].value))
    return problem(903, `invalid table name: ${tokens[2].text}`);
  const add = tokens.findIndex((token) => isWord(token, 'ADD'));
  if (alters && add < 0) return undefined;
  const open = creates ? tokens.findIndex((token) => isSymbol(token, '(')) : add + 1;
  const isQuery = creates && tokens.slice(0, open).some((token) => isWord(token, 'AS', 'FOR'));
  if (isQuery) return undefined;
  const items = alters && !isSymbol(tokens[open], '(') ? [tokens.slice(open)] : itemsAt(tokens, open);
  for (const item of items) {
    const found = columnProblem(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Checks `CAST(x AS type)`, where some types need no length. */
export const casts = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'CAST') || !isSymbol(tokens[at + 1], '(')) continue;
    const inside = tokens.slice(at + 2, behindBracket(tokens, at + 1) - 1);
    const as = inside.findLastIndex((other) => isWord(other, 'AS'));
    const found = typeProblem(inside, as + 1);
    if (found !== undefined) return found;
  }
  return undefined;
};

const SPECIAL_BEHIND_DOT = ['ROWID', 'LEVEL'];

/** Refuses reserved words as columns: after a dot, in an INSERT's list, and as an alias. */
export const reservedColumns = (tokens: readonly Token[]): StatementProblem | undefined => {
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'word' || !RESERVED_WORDS.has(token.value)) continue;
    const before = tokens[at - 1];
    const dotted = before?.text === '.' && !SPECIAL_BEHIND_DOT.includes(token.value) && tokens[at - 2]?.text !== ':';
    const aliased = isWord(before, 'AS') && isSymbol(tokens[at + 1], ',', ')') && !ALLOWED_TYPES.has(token.value);
    if (dotted || aliased) return problem(1747, `${token.text} is a reserved word: invalid column specification`);
  }
  const into = tokens.findIndex((token) => isWord(token, 'INTO'));
  if (!isWord(tokens[0], 'INSERT') || into < 0) return undefined;
  const open = tokens.findIndex((token, at) => at > into && isSymbol(token, '('));
  const values = tokens.findIndex((token) => isWord(token, 'VALUES', 'SELECT'));
  if (open < 0 || open > values) return undefined;
  const reserved = itemsAt(tokens, open).find(([name]) => name?.kind === 'word' && RESERVED_WORDS.has(name.value));
  return reserved && problem(1747, `${reserved[0]!.text} is a reserved word: invalid column specification`);
};
