import { keepAccepted } from './keep-accepted';
import { KNOWN_GAPS } from './known-gaps';
import { problem, type StatementProblem } from './lint-problem';
import { lintStatement } from './lint-statement';
import { createPlsqlParser, type SyntaxProblem } from './parse-plsql';

/** The error that Oracle would most likely give; its text is the grammar's. */
const toProblem = ({ line, column, message }: SyntaxProblem): StatementProblem => {
  const text = `${message} (line ${line}, column ${column})`;
  if (/^missing '\('/.test(message)) return problem(906, `missing left parenthesis: ${text}`);
  if (/^missing '\)'/.test(message)) return problem(907, `missing right parenthesis: ${text}`);
  if (/expecting \{?.*<EOF>|^extraneous/.test(message)) return problem(933, `SQL command not properly ended: ${text}`);
  return problem(900, `invalid SQL statement: ${text}`);
};

/**
 * A list of a thousand binds takes the parser ten seconds, and is no other grammar than a list of two. Nor are another password, or the random end of a
 * throw-away account's name, and results are kept by the text.
 */
const shorten = (sql: string): string =>
  sql
    .replace(/\bIN \((:\w+, ){10,}:\w+\)/g, 'IN (:x1, :x2)')
    .replace(/\bIDENTIFIED BY "[^"]+"/g, 'IDENTIFIED BY "x"')
    .replace(/_[0-9A-F]{6}\b/g, '_A1B2C3');

/** Documented in the SQL Reference, and not in the grammar: ONLINE among the attributes of an index that is made, a number as a parameter of the session. */
const withoutGaps = (sql: string): string =>
  sql.replace(/^(CREATE (?:UNIQUE )?INDEX\b.*) ONLINE$/s, '$1').replace(/\b(DDL_LOCK_TIMEOUT =) (\d+)$/, "$1 '$2'");

/**
 * The grammar gate: a statement for Oracle is one that the PL/SQL grammar parses and our lint accepts. Resolves to what is wrong, or to undefined.
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
 * The gate for who shows something instead of testing it: only the lint is waited for, because the grammar takes a minute for all texts of a system that
 * it sees for the first time. It reads them meanwhile; a text that it does not accept is reported, and refused from then on.
 */
export const createHastyCheck = (report: (text: string) => void, check = createStatementCheck()) => {
  const refused = new Map<string, StatementProblem>();
  const seen = new Set<string>();
  const read = async (sql: string): Promise<void> => {
    const found = await check(sql);
    if (found === undefined) return;
    refused.set(sql, found);
    report(`Oracle would refuse what was accepted here: ${found.message}: ${sql}`);
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
