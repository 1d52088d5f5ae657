export const sqlFunction = (name: string, args: string, returns: string, body: string, kind = 'IMMUTABLE'): string =>
  `CREATE OR REPLACE FUNCTION ora.${name}(${args}) RETURNS ${returns} LANGUAGE sql ${kind} AS $f$ ${body} $f$`;

export const text = (name: string, args: string, body: string): string =>
  sqlFunction(name, args, 'text', `SELECT nullif(${body}, '')`);

export const operator = (symbol: string, left: string, right: string, procedure: string): string =>
  `DO $$ BEGIN CREATE OPERATOR ora.${symbol} (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = ora.${procedure}); EXCEPTION WHEN duplicate_function OR duplicate_object THEN NULL; END $$`;
