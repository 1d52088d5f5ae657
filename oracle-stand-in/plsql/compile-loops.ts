import { declare, isLocking, type Place } from './compilation';
import { guard } from './compile-guards';
import { checkedExpression, compileQuery } from './compile-sql';
import { innerScope } from './scope';
import type { Statement } from './syntax-tree';

type CompileAll = (place: Place, statements: readonly Statement[]) => string;

const inLoop = (place: Place, label: string, next = `CONTINUE ${label}`): Place => ({
  ...place,
  scope: innerScope(place.scope),
  loop: { leave: `EXIT ${label}`, next },
});

/** Compiles `FOR i IN a .. b` and FORALL. */
export const compileCount = (place: Place, statement: Statement & { kind: 'count' }, all: CompileAll): string => {
  const { at, from, to, name, body } = statement;
  const label = place.unit.unique('loop');
  const inner = inLoop(place, label);
  const counter = place.unit.unique(name);
  place.unit.types.set(counter, 'integer');
  inner.scope.names.set(name, { kind: 'counter', name: counter, frame: place.frame });
  const [first, last] = [declare(place, 'from', 'integer'), declare(place, 'to', 'integer')];
  const bounds = `${first} := ${checkedExpression(place, at, from)};\n${last} := ${checkedExpression(place, at, to)};`;
  return `${guard(place, bounds)}
<<${label}>>
FOR ${counter} IN ${first} .. ${last} LOOP
${all(inner, body)}
END LOOP;`;
};

/** Compiles LOOP and WHILE. */
export const compileLoop = (
  place: Place,
  { at, condition, body }: Statement & { kind: 'loop' },
  all: CompileAll,
): string => {
  const label = place.unit.unique('loop');
  let test = '';
  if (condition !== undefined) {
    const goesOn = declare(place, 'while', 'boolean');
    test = `${guard(place, `${goesOn} := ${checkedExpression(place, at, condition, true)};`)}
EXIT ${label} WHEN ${goesOn} IS NOT TRUE;`;
  }
  return `<<${label}>>
LOOP
${test}
${all(inLoop(place, label), body)}
END LOOP;`;
};

/**
 * Compiles `FOR r IN (SELECT …) LOOP` to a cursor, because its body must not be undone when a later
 * row fails. All locks are taken before the first row.
 */
export const compileRows = (place: Place, statement: Statement & { kind: 'rows' }, all: CompileAll): string => {
  const { name, body, query } = statement;
  const label = place.unit.unique('loop');
  const record = declare(place, name, 'record');
  const cursor = declare(place, 'cursor', 'refcursor');
  place.frame.cursors.push(cursor);
  const { text, around, waits, mutating } = compileQuery(place, statement, { record });
  const rows = isLocking(query) ? `SELECT "q$".* FROM (${text}) AS "q$" ORDER BY row_number() OVER ()` : text;
  const found = declare(place, 'found', 'boolean');
  const fetch = `FETCH ${cursor} INTO ${record};\n${found} := FOUND;`;
  const open = `OPEN ${cursor} NO SCROLL FOR ${rows};\n${fetch}`;
  const gone = `\n  ${cursor} := NULL;`;
  const close = `IF ${cursor} IS NOT NULL THEN\n  CLOSE ${cursor};${gone}\nEND IF;`;
  const one = place.unit.unique('one');
  const inner = inLoop(place, label, `EXIT ${one}`);
  inner.scope.names.set(name, { kind: 'record', name: record, frame: place.frame });
  return `${close}
${guard(place, mutating ?? around(open), 'SELECT', waits, gone)}
<<${label}>>
WHILE ${found} LOOP
<<${one}>>
BEGIN
${all(inner, body)}
END ${one};
${guard(place, fetch, 'SELECT', waits, gone)}
END LOOP;
${close}`;
};
