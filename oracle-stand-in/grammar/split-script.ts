const CODE =
  /^\s*(DECLARE|BEGIN|CREATE\s+(OR\s+REPLACE\s+)?(EDITIONABLE\s+|NONEDITIONABLE\s+)?(TRIGGER|PROCEDURE|FUNCTION|PACKAGE|TYPE)\b)/i;

/** Commands of SQL*Plus itself, one line each. */
const SQLPLUS =
  /^\s*(?:@|(?:SET\b(?!\s+(?:TRANSACTION|ROLE|CONSTRAINTS?)\b)|PROMPT|WHENEVER|SPOOL|DEFINE|UNDEFINE|ACCEPT|EXIT|QUIT|CONNECT|SHOW|REM|REMARK|VARIABLE|PRINT)\b)/i;

const withoutComments = (text: string): string => text.replace(/^\s*--[^\n]*$/gm, '').trim();

/**
 * Splits a SQL*Plus script into statements as the server receives them: SQL up to its semicolon,
 * PL/SQL up to a line with a slash.
 */
export const splitScript = (script: string): readonly string[] => {
  const statements: string[] = [];
  let lines: string[] = [];
  const end = (): void => {
    const text = lines.join('\n').trim();
    if (withoutComments(text) !== '') statements.push(text);
    lines = [];
  };
  for (const line of script.split(/\r?\n/)) {
    const begun = withoutComments(lines.join('\n'));
    if (begun === '' && SQLPLUS.test(line)) continue;
    if (line.trim() === '/') {
      end();
      continue;
    }
    lines.push(line);
    if (CODE.test(withoutComments(lines.join('\n'))) || !/;\s*$/.test(line)) continue;
    lines[lines.length - 1] = line.replace(/;\s*$/, '');
    end();
  }
  end();
  return statements;
};
