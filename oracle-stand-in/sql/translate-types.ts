import { notSupported } from './oracle-error';
import { behindBracket, isSymbol, isWord, raw, type Token } from './tokens';

export type TypeAt = { readonly sql: string; readonly base: string; readonly next: number };

const numbersIn = (tokens: readonly Token[]): number[] =>
  tokens.filter(({ kind }) => kind === 'number').map(({ value }) => Number(value));

/** Translates a character type. A length without a unit is in bytes, Oracle's default. */
const characterType = (kind: string, inside: readonly Token[], stored: boolean): string => {
  const fixed = kind.endsWith('char');
  const [length = fixed ? 1 : 4000] = numbersIn(inside);
  const unit = isWord(inside.at(-1), 'CHAR') || kind.startsWith('n') ? 'char' : 'byte';
  if (!stored) return fixed ? `char(${length})` : 'varchar';
  return `ora."${kind}_${length}_${unit}"`;
};

/**
 * Returns the PostgreSQL type for the Oracle type at an index.
 * @param stored true for a column: its type's name preserves the Oracle type, so that the table can
 * be described as it was created
 */
export const typeAt = (tokens: readonly Token[], at: number, stored: boolean): TypeAt | undefined => {
  const token = tokens[at];
  if (token?.kind !== 'word') return undefined;
  const hasArguments = isSymbol(tokens[at + 1], '(');
  const end = hasArguments ? behindBracket(tokens, at + 1) : at + 1;
  const inside = hasArguments ? tokens.slice(at + 2, end - 1) : [];
  const [first, second] = numbersIn(inside);
  const type = (sql: string, next = end): TypeAt => ({ sql, base: token.value, next });
  switch (token.value) {
    case 'VARCHAR2':
    case 'VARCHAR':
      return type(characterType('varchar2', inside, stored));
    case 'NVARCHAR2':
      return type(characterType('nvarchar2', inside, stored));
    case 'CHAR':
    case 'NCHAR':
      return type(characterType(token.value.toLowerCase(), inside, stored));
    case 'NUMBER':
    case 'DECIMAL':
    case 'NUMERIC':
      return type(
        first === undefined
          ? 'numeric'
          : `numeric(${first}, ${inside.some((t) => t.text === '-') ? -second! : (second ?? 0)})`,
      );
    case 'INTEGER':
    case 'INT':
    case 'SMALLINT':
      return type('numeric(38, 0)');
    case 'FLOAT':
    case 'REAL':
      return type('numeric');
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
      return type('float8');
    case 'CLOB':
      return type(stored ? 'ora.clob' : 'text');
    case 'NCLOB':
      return type(stored ? 'ora.nclob' : 'text');
    case 'BLOB':
      return type(stored ? 'ora.blob' : 'bytea');
    case 'RAW':
      return type(stored ? `ora."raw_${first ?? 2000}"` : 'bytea');
    case 'ROWID':
      return type('tid');
    case 'DATE':
      return type(stored ? 'ora.date' : 'timestamp(0)');
    case 'TIMESTAMP': {
      const precision = `(${first ?? 6})`;
      if (!isWord(tokens[end], 'WITH')) return type(`timestamp${precision}`);
      if (isWord(tokens[end + 1], 'LOCAL'))
        throw notSupported('TIMESTAMP WITH LOCAL TIME ZONE: it depends on the session');
      return type(`timestamptz${precision}`, end + 3);
    }
    default:
      return undefined;
  }
};

/** Translates the type after AS in CAST, or in a column of JSON_TABLE, at an index. */
export const translateTypeAt = (tokens: readonly Token[], at: number): { token: Token; next: number } => {
  const found = typeAt(tokens, at, false);
  if (found === undefined) throw notSupported(`type ${tokens[at]?.text}`);
  return { token: raw(found.sql), next: found.next };
};
