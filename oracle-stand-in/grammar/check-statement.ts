import { keepAccepted } from './keep-accepted';
import { KNOWN_GAPS } from './known-gaps';
import { problem, type StatementProblem } from './lint-problem';
import { lintStatement } from './lint-statement';
import { createPlsqlParser, type SyntaxProblem } from './parse-plsql';

/** Returns the error that Oracle would most likely give, with the grammar's message. */
const toProblem = ({ line, column, message }: SyntaxProblem): StatementProblem => {
  const text = `${message} (line ${line}, column ${column})`;
  if (/^missing '\('/.test(message)) return problem(906, `missing left parenthesis: ${text}`);
  if (/^missing '\)'/.test(message)) return problem(907, `missing right parenthesis: ${text}`);
  if (/expecting \{?.*<EOF>|^extraneous/.test(message)) return problem(933, `SQL command not properly ended: ${text}`);
  return problem(900, `invalid SQL statement: ${text}`);
};

/**
 * Shortens what does not matter to the grammar. A list of a thousand binds takes the parser ten
 * seconds, and a list of two is equivalent. Passwords and the random suffixes of temporary account
 * names are replaced too, because results are cached by text.
 */
const shorten = (sql: string): string =>
  sql
    .replace(/\bIN \((:\w+, ){10,}:\w+\)/g, 'IN (:x1, :x2)')
    .replace(/\bIDENTIFIED BY "[^"]+"/g, 'IDENTIFIED BY "x"')
    .replace(/_[0-9A-F]{6}\b/g, '_A1B2C3');

/**
 * Removes syntax that the SQL Reference documents and the grammar lacks: ONLINE among the
 * attributes of a new index, a number as value of a session parameter.
 */
const withoutGaps = (sql: string): string =>
  sql.replace(/^(CREATE (?:UNIQUE )?INDEX\b.*) ONLINE$/s, '$1').replace(/\b(DDL_LOCK_TIMEOUT =) (\d+)$/, "$1 '$2'");

/**
 * Creates the grammar gate: a statement for Oracle must pass the PL/SQL grammar and this project's
 * lint. The check resolves to the problem, or to undefined.
 */
export const createStatementCheck =
  (parse = createPlsqlParser(), keep: (sql: string) => void = keepAccepted()) =>
  async (sql: string): Promise<StatementProblem | undefined> => {
    const linted = lintStatement(sql);
    if (linted !== undefined || KNOWN_GAPS.has(sql)) return linted;
    const text = shorten(withoutGaps(sql));
    const [first] = await parse(text);
    if (first !== undefined) return toProblem(first);
    keep(text);
    return undefined;
  };

/**
 * Creates the gate for demonstrations. Only the lint runs at once, because the grammar takes a
 * minute for all texts of a system that are new to it. The grammar checks in the background: a text
 * that it rejects is reported, and refused from then on.
 */
export const createHastyCheck = (report: (text: string) => void, check = createStatementCheck()) => {
  const refused = new Map<string, StatementProblem>();
  const seen = new Set<string>();
  const read = async (sql: string): Promise<void> => {
    const found = await check(sql);
    if (found === undefined) return;
    refused.set(sql, found);
    report(`Oracle would refuse this statement, which was accepted: ${found.message}: ${sql}`);
  };
  return async (sql: string): Promise<StatementProblem | undefined> => {
    const linted = lintStatement(sql);
    if (linted !== undefined) return linted;
    if (!seen.has(sql)) {
      seen.add(sql);
      read(sql).catch((error: unknown) => report(String(error)));
    }
    return refused.get(sql);
  };
};
