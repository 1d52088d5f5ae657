import { isSymbol, isWord, type Token } from './tokens';

export type StatementKind = 'query' | 'dml' | 'plsql' | 'ddl' | 'session' | 'transaction';

const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: 'query',
  WITH: 'query',
  INSERT: 'dml',
  UPDATE: 'dml',
  DELETE: 'dml',
  MERGE: 'dml',
  LOCK: 'dml',
  BEGIN: 'plsql',
  DECLARE: 'plsql',
  CALL: 'plsql',
  CREATE: 'ddl',
  ALTER: 'ddl',
  DROP: 'ddl',
  GRANT: 'ddl',
  REVOKE: 'ddl',
  TRUNCATE: 'ddl',
  COMMENT: 'ddl',
  RENAME: 'ddl',
  ANALYZE: 'ddl',
  COMMIT: 'transaction',
  ROLLBACK: 'transaction',
  SAVEPOINT: 'transaction',
  SET: 'transaction',
};

export const kindOf = (tokens: readonly Token[]): StatementKind | undefined => {
  const first = tokens.findIndex((token) => !isSymbol(token, '('));
  const word = tokens[first];
  if (word?.kind !== 'word') return undefined;
  if (word.value === 'ALTER' && isWord(tokens[first + 1], 'SESSION')) return 'session';
  return KINDS[word.value];
};

/**
 * Returns the positions of the binds of RETURNING … INTO among all binds of a DML statement: these
 * are output.
 */
export const returnedBinds = (tokens: readonly Token[]): ReadonlySet<number> => {
  const returning = tokens.findIndex((token) => isWord(token, 'RETURNING', 'RETURN'));
  const into = returning < 0 ? -1 : tokens.findIndex((token, at) => at > returning && isWord(token, 'INTO'));
  const positions = new Set<number>();
  if (into < 0) return positions;
  let position = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'bind') continue;
    if (at > into) positions.add(position);
    position += 1;
  }
  return positions;
};

/**
 * Returns bind names in the order in which the driver sends their values: in SQL each occurrence,
 * in PL/SQL each name once.
 */
export const bindNames = (tokens: readonly Token[], kind: StatementKind | undefined): string[] => {
  const names = tokens.filter(({ kind: tokenKind }) => tokenKind === 'bind').map(({ value }) => value);
  return kind === 'plsql' ? [...new Set(names)] : names;
};
