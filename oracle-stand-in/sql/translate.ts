import type { TranslationContext } from './context';
import { notSupported, OracleError } from './oracle-error';
import { castBinds, numberBinds, render } from './render';
import { bindNames, kindOf, returnedBinds, type StatementKind } from './statement-kind';
import { findOutside, isSymbol, isWord, type Token, toTokens } from './tokens';
import { translateDml } from './translate-dml';
import { translateQuery } from './translate-query';

/** What FOR UPDATE does about rows that other sessions have locked. */
export type LockWait = 'none' | 'wait' | 'nowait' | 'skip' | { readonly seconds: number };

/** A parsed Oracle statement. */
export type ParsedStatement = {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly kind: StatementKind;
  readonly bindNames: readonly string[];
  readonly returned: ReadonlySet<number>;
  readonly lock: LockWait;
};

const lockOf = (tokens: readonly Token[]): LockWait => {
  const at = findOutside(tokens, 0, (token, index) => isWord(token, 'FOR') && isWord(tokens[index + 1], 'UPDATE'));
  if (at === tokens.length) return 'none';
  const rest = tokens.slice(at);
  if (rest.some((token) => isWord(token, 'SKIP'))) return 'skip';
  if (rest.some((token) => isWord(token, 'NOWAIT'))) return 'nowait';
  const wait = rest.findIndex((token) => isWord(token, 'WAIT'));
  return wait < 0 ? 'wait' : { seconds: Number(rest[wait + 1]?.value) };
};

export const parseStatement = (sql: string): ParsedStatement => {
  const tokens = toTokens(sql);
  const kind = kindOf(tokens);
  if (kind === undefined) throw new OracleError(900, 'invalid SQL statement', 0);
  return {
    sql,
    tokens,
    kind,
    bindNames: bindNames(tokens, kind),
    returned: kind === 'dml' ? returnedBinds(tokens) : new Set(),
    lock: kind === 'query' ? lockOf(tokens) : 'none',
  };
};

/**
 * Translates a query or DML statement to PostgreSQL. Parameters are numbered in the order of the
 * binds' positions.
 */
export const translate = (statement: ParsedStatement, context: TranslationContext): string => {
  const numbered = numberBinds(
    statement.tokens.filter((token, at, all) => !(isSymbol(token, ';') && at === all.length - 1)),
  );
  const tokens = castBinds(numbered, context.bindTypes);
  if (statement.kind === 'query') return render(translateQuery(tokens, context));
  if (statement.kind === 'dml') return render(translateDml(tokens, context));
  throw notSupported(`${statement.kind} here`);
};
