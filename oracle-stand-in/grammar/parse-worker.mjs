// Parses PL/SQL in a thread of its own, because a statement may take seconds of CPU time. Plain
// JavaScript, because the parser is an ES module and the tests are compiled to CommonJS.
import { parentPort } from 'node:worker_threads';
import { PlSqlLexer, PlSqlParser } from '@griffithswaite/ts-plsql-parser';
import { CharStream, CommonTokenStream, Token } from 'antlr4';

const problemsIn = (sql) => {
  const problems = [];
  const listener = {
    syntaxError: (_recognizer, _symbol, line, column, message) => problems.push({ line, column, message }),
    reportAmbiguity: () => undefined,
    reportAttemptingFullContext: () => undefined,
    reportContextSensitivity: () => undefined,
  };
  // The grammar parses scripts, in which a statement ends with a semicolon.
  const lexer = new PlSqlLexer(new CharStream(/;\s*$/.test(sql) ? `${sql}\n` : `${sql}\n;`));
  lexer.removeErrorListeners();
  lexer.addErrorListener(listener);
  const tokens = new CommonTokenStream(lexer);
  const parser = new PlSqlParser(tokens);
  parser.removeErrorListeners();
  parser.addErrorListener(listener);
  parser.buildParseTrees = false;
  parser.sql_script();
  if (problems.length === 0 && tokens.LA(1) !== Token.EOF)
    problems.push({ line: 0, column: 0, message: 'extraneous input' });
  return problems;
};

parentPort.on('message', ({ id, sql }) => {
  try {
    parentPort.postMessage({ id, problems: problemsIn(sql) });
  } catch (error) {
    parentPort.postMessage({ id, problems: [{ line: 0, column: 0, message: `the parser failed: ${error.message}` }] });
  }
});
