import { isCharacterType, ORACLE_TYPE } from '../wire/oracle-types';
import { OWN_FUNCTIONS } from './functions';
import { toPostgresName } from './names';
import { isWord, raw, type Token } from './tokens';

/** Reserved in PostgreSQL and not in Oracle: as names they need quotes. */
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

/** Text for PostgreSQL. */
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

/** The cast that tells PostgreSQL what a bound value is where nothing around it does. */
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

/** Binds as PostgreSQL's numbered parameters, in the order of their places. */
export const numberBinds = (tokens: readonly Token[]): Token[] => {
  let position = 0;
  return tokens.map((token) => {
    if (token.kind !== 'bind') return token;
    position += 1;
    return { ...token, text: `$${position}`, value: String(position - 1) };
  });
};

/** For each token the function whose argument list it is in, if it is in one. */
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
 * A bind that is a whole branch of CASE, or a whole argument of a function, has the type that the driver declared; PostgreSQL would take it for a text.
 * So has an operand of arithmetic, but for texts: Oracle makes numbers of them, as PostgreSQL does when it is told nothing.
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
