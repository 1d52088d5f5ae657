import type { TranslationContext } from './context';
import { qualifiedNameAt, toPostgresName } from './names';
import { notSupported } from './oracle-error';
import { render } from './render';
import { stripStorage } from './strip-storage';
import { behindBracket, isSymbol, isWord, splitOutside, type Token } from './tokens';
import { translateExpressions } from './translate-expression';
import { translateQuery } from './translate-query';
import { columnDefinition, isTableConstraint, type TableChange, tableConstraint } from './translate-table';
import { typeAt } from './translate-types';

const itemsOf = (tokens: readonly Token[]): Token[][] =>
  isSymbol(tokens[0], '(') && behindBracket(tokens, 0) === tokens.length
    ? splitOutside(tokens.slice(1, -1))
    : [[...tokens]];

/** Translates `MODIFY (column [type] [DEFAULT …] [NULL | NOT NULL])`. */
const modify = (item: readonly Token[], context: TranslationContext) => {
  const column = toPostgresName(item[0]!.value);
  const type = typeAt(item, 1, true);
  const rest = item.slice(type?.next ?? 1);
  const actions = type === undefined ? [] : [`ALTER COLUMN ${column} TYPE ${type.sql}`];
  if (isWord(rest[0], 'NOT')) actions.push(`ALTER COLUMN ${column} SET NOT NULL`);
  else if (isWord(rest[0], 'NULL')) actions.push(`ALTER COLUMN ${column} DROP NOT NULL`);
  else if (isWord(rest[0], 'DEFAULT')) {
    const value = render(translateExpressions(rest.slice(1), { ...context, inDdl: true }, translateQuery));
    actions.push(`ALTER COLUMN ${column} SET DEFAULT ${value}`);
  }
  return { actions, domain: type?.sql.startsWith('ora."') ? type.sql : undefined };
};

/** Returns the columns of `MODIFY (column …)`, each with its new definition. */
export const modifiedColumns = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const at = tokens.findIndex((token) => isWord(token, 'MODIFY'));
  return at < 0 || isWord(tokens[at + 1], 'CONSTRAINT') ? [] : itemsOf(tokens.slice(at + 1));
};

/** Translates ALTER TABLE for columns, constraints and names. Partitions are not supported. */
export const translateAlterTable = (tokens: readonly Token[], context: TranslationContext): TableChange => {
  const name = qualifiedNameAt(tokens, 2)!;
  const owner = name.owner ?? context.schema;
  const table = `${toPostgresName(owner)}.${toPostgresName(name.name)}`;
  const { rest } = stripStorage(tokens.slice(name.next), context.tablespaces);
  const change = (actions: readonly string[], domains: readonly string[] = []): TableChange => ({
    owner,
    table: name.name,
    statements: actions.map((action) => `ALTER TABLE ${table} ${action}`),
    domains,
    tablespace: undefined,
  });
  const [verb, second, third] = rest;
  // Only storage, or switching constraints and triggers: no effect here.
  if (verb === undefined || isWord(verb, 'MOVE', 'SHRINK', 'ALL', 'TRIGGER', 'ROW')) return change([]);
  if (isWord(verb, 'ADD')) {
    const domains: string[] = [];
    const actions = itemsOf(rest.slice(1)).map((item) => {
      if (isTableConstraint(item)) return `ADD ${tableConstraint(item, context)}`;
      const column = columnDefinition(item, context);
      if (column.domain !== undefined) domains.push(column.domain);
      return `ADD COLUMN ${column.sql}`;
    });
    return change(actions, domains);
  }
  if (isWord(verb, 'MODIFY') && !isWord(second, 'CONSTRAINT')) {
    const parts = itemsOf(rest.slice(1)).map((item) => modify(item, context));
    return change(
      parts.flatMap(({ actions }) => actions),
      parts.flatMap(({ domain }) => domain ?? []),
    );
  }
  if (isWord(verb, 'DROP') && isWord(second, 'CONSTRAINT'))
    return change([`DROP CONSTRAINT ${toPostgresName(third!.value)}${isWord(rest[3], 'CASCADE') ? ' CASCADE' : ''}`]);
  if (isWord(verb, 'DROP') && isWord(second, 'COLUMN')) return change([`DROP COLUMN ${toPostgresName(third!.value)}`]);
  if (isWord(verb, 'DROP') && isSymbol(second, '(')) {
    return change(itemsOf(rest.slice(1)).map((item) => `DROP COLUMN ${toPostgresName(item[0]!.value)}`));
  }
  if (isWord(verb, 'RENAME') && isWord(second, 'TO')) {
    return { ...change([`RENAME TO ${toPostgresName(third!.value)}`]), table: third!.value };
  }
  if (isWord(verb, 'RENAME') && isWord(second, 'COLUMN', 'CONSTRAINT')) {
    return change([`RENAME ${second!.value} ${toPostgresName(third!.value)} TO ${toPostgresName(rest[4]!.value)}`]);
  }
  throw notSupported(`ALTER TABLE ${verb.text} ${second?.text ?? ''}`);
};
