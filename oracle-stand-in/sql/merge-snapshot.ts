import { render } from './render';
import type { TableReference } from './tables';
import { findOutside, isName, isSymbol, raw, splitOutside, type Token } from './tokens';

/** Sections of a MERGE with `WHEN MATCHED THEN UPDATE SET … WHERE …`, translated except `set`. */
export type FilteredMerge = {
  readonly target: TableReference;
  readonly source: readonly Token[];
  readonly on: readonly Token[];
  readonly set: readonly Token[];
  readonly where: readonly Token[];
};

/** Returns the columns of SET, or undefined when an assignment has another form. */
const columnsOf = (set: readonly Token[]): readonly string[] | undefined => {
  const targets = splitOutside(set).map((assignment) => {
    const target = assignment[findOutside(assignment, 0, (token) => isSymbol(token, '=')) - 1];
    return isName(target) ? render([target]) : undefined;
  });
  return targets.some((name) => name === undefined) ? undefined : (targets as string[]);
};

/**
 * Evaluates the WHERE of a MERGE's UPDATE as Oracle does: on the row as of the beginning of the
 * statement. A statement that waited for the row evaluates it again only if a column of SET changed
 * meanwhile. A column that is only in the WHERE may have any value by then (sqlora.com, MERGE and
 * ORA-30926). So the source carries the row's values as first seen, which PostgreSQL does not read
 * again after waiting.
 * @returns the replacements of the source and the WHERE; undefined where the source has no name
 */
export const mergeSnapshot = ({ target, source, on, set, where }: FilteredMerge) => {
  const name = source.at(-1);
  const columns = columnsOf(set);
  if (name === undefined || isSymbol(name, ')') || columns === undefined) return undefined;
  const [row, given] = [render([target.label]), render([name])];
  const seen = columns.map((column, at) => `${row}.${column} AS ora_set_${at}`).join(', ');
  const changed = columns.map((column, at) => `${row}.${column} IS DISTINCT FROM ${given}.ora_set_${at}`).join(' OR ');
  return {
    source: [
      raw(`(SELECT ${given}.*, ${row}.ctid AS ora_place, ${seen}, (`),
      ...where,
      raw(') AS ora_where FROM'),
      ...source,
      raw('LEFT JOIN'),
      ...target.tokens,
      raw('ON ('),
      ...on,
      raw(`)) AS ${given}`),
    ],
    where: [
      raw(`(CASE WHEN ${given}.ora_place IS NULL OR ${changed} THEN (`),
      ...where,
      raw(`) ELSE ${given}.ora_where END)`),
    ],
  };
};
