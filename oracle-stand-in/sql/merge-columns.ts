import { OracleError } from './oracle-error';
import { findOutside, isName, isSymbol, isWord, splitOutside, type Token } from './tokens';

/**
 * Returns the columns in an expression that belong to one table: those qualified with its label,
 * and the unqualified ones.
 */
const columnsOf = (tokens: readonly Token[], label: string): ReadonlySet<string> => {
  const names = tokens.flatMap((token, at) => {
    if (!isName(token) || tokens[at + 1]?.text === '.' || isSymbol(tokens[at + 1], '(')) return [];
    const qualifier = tokens[at - 1]?.text === '.' ? tokens[at - 2]?.value : undefined;
    return qualifier === undefined || qualifier === label ? [token.value] : [];
  });
  return new Set(names);
};

/** Refuses a MERGE that updates a column of its ON clause (ORA-38104). */
export const refuseJoinedUpdate = (on: readonly Token[], branches: readonly Token[], label: string): void => {
  const joined = columnsOf(on, label.replaceAll('"', '').toUpperCase());
  const set = findOutside(branches, 0, (token) => isWord(token, 'SET'));
  const end = findOutside(branches, set, (token) => isWord(token, 'WHEN', 'WHERE', 'DELETE'));
  for (const assignment of splitOutside(branches.slice(set + 1, end))) {
    const equals = findOutside(assignment, 0, (token) => isSymbol(token, '='));
    const target = assignment[equals - 1];
    if (target === undefined || !joined.has(target.value)) continue;
    throw new OracleError(
      38104,
      `Columns referenced in the ON Clause cannot be updated: "${label.replaceAll('"', '').toUpperCase()}"."${target.value}"`,
    );
  }
};
