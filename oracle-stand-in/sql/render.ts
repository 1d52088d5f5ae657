import { isCharacterType, ORACLE_TYPE } from '../wire/oracle-types';
import { OWN_FUNCTIONS } from './functions';
import { toPostgresName } from './names';
import { isWord, raw, type Token } from './tokens';

/** Words reserved in PostgreSQL but not in Oracle: as names they need quotes. */
const RESERVED_IN_POSTGRES: ReadonlySet<string> = new Set([
  'ANALYSE',
  'ARRAY',
  'DO',
  'LIMIT',
  'PLACING',
  'SYMMETRIC',
  'VARIADIC',
  'WINDOW',
  'END_DATE',
]);

const renderToken = (token: Token): string => {
  switch (token.kind) {
    case 'word':
      return RESERVED_IN_POSTGRES.has(token.value) || /[#$]/.test(token.value)
        ? toPostgresName(token.value)
        : token.value.toLowerCase();
    case 'quoted':
      return toPostgresName(token.value);
    case 'string':
      return token.value === '' ? 'NULL' : `'${token.value.replaceAll("'", "''")}'`;
    case 'symbol':
      return token.text === '^=' ? '<>' : token.text;
    default:
      return token.text;
  }
};

/** Renders tokens as text for PostgreSQL. */
export const render = (tokens: readonly Token[]): string => {
  let text = '';
  let glue = true;
  for (const token of tokens) {
    const dot = token.text === '.' && token.kind === 'symbol';
    text += `${glue || dot ? '' : ' '}${renderToken(token)}`;
    glue = dot;
  }
  return text;
};

/** Returns the cast for a bound value whose type PostgreSQL cannot infer from the context. */
export const castFor = (type: number | undefined): string => {
  switch (type) {
    case ORACLE_TYPE.number:
    case ORACLE_TYPE.binaryInteger:
    case ORACLE_TYPE.boolean:
      return '::numeric';
    case ORACLE_TYPE.date:
    case ORACLE_TYPE.timestamp:
      return '::timestamp';
    case ORACLE_TYPE.timestampTz:
    case ORACLE_TYPE.timestampLtz:
      return '::timestamptz';
    case ORACLE_TYPE.raw:
    case ORACLE_TYPE.longRaw:
    case ORACLE_TYPE.blob:
      return '::bytea';
    case ORACLE_TYPE.binaryDouble:
      return '::float8';
    default:
      return '::varchar';
  }
};

/** Replaces binds by PostgreSQL's numbered parameters, in the order of their positions. */
export const numberBinds = (tokens: readonly Token[]): Token[] => {
  let position = 0;
  return tokens.map((token) => {
    if (token.kind !== 'bind') return token;
    position += 1;
    return { ...token, text: `$${position}`, value: String(position - 1) };
  });
};

/** Returns for each token the function whose argument list contains it, if any. */
const functionsAround = (tokens: readonly Token[]): readonly (string | undefined)[] => {
  const around: (string | undefined)[] = [];
  return tokens.map((token, at) => {
    if (token.text === ')') around.pop();
    const inside = around.at(-1);
    if (token.text === '(') around.push(tokens[at - 1]?.kind === 'word' ? tokens[at - 1]?.value : undefined);
    return inside;
  });
};

const ARITHMETIC = /^[-+*/]$/;

/**
 * Casts binds whose type PostgreSQL would take for text although the driver declared another: whole
 * branches of CASE, whole arguments of functions, and operands of arithmetic. Text operands are not
 * cast: Oracle converts them to numbers, as PostgreSQL does without a cast.
 */
export const castBinds = (tokens: readonly Token[], bindTypes: readonly number[]): Token[] => {
  const functions = functionsAround(tokens);
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'bind') return [token];
    const [before, after] = [tokens[at - 1], tokens[at + 1]];
    const branch = isWord(before, 'THEN', 'ELSE') && isWord(after, 'WHEN', 'ELSE', 'END');
    const argument =
      OWN_FUNCTIONS.has(functions[at] ?? '') && /^[(,]$/.test(before?.text ?? '') && /^[),]$/.test(after?.text ?? '');
    const type = bindTypes[Number(token.value)];
    const operand =
      !isCharacterType(type ?? ORACLE_TYPE.varchar) &&
      [before, after].some((beside) => ARITHMETIC.test(beside?.text ?? ''));
    return branch || argument || operand ? [token, raw(castFor(type))] : [token];
  });
};
