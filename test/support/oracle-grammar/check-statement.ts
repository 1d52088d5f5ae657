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
 * The grammar gate: a statement for Oracle is one that the PL/SQL grammar parses and our lint accepts. Resolves to what is wrong, or to undefined.
 */
export const createStatementCheck =
  (parse = createPlsqlParser()) =>
  async (sql: string): Promise<StatementProblem | undefined> => {
    const linted = lintStatement(sql);
    if (linted !== undefined || KNOWN_GAPS.has(sql)) return linted;
    const [first] = await parse(sql);
    return first && toProblem(first);
  };
