import type { TranslationContext } from './context';
import { castFor } from './render';
import { raw, type Token } from './tokens';

export type Arguments = readonly (readonly Token[])[];

export const bracketed = (tokens: readonly Token[]): Token[] => [raw('('), ...tokens, raw(')')];

export const call = (name: string, args: Arguments): Token[] => [
  raw(`${name}(`),
  ...args.flatMap((arg, at) => (at === 0 ? arg : [raw(','), ...arg])),
  raw(')'),
];

const decode = ([value = [], ...rest]: Arguments): Token[] => {
  const branches: Token[] = [raw('CASE')];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    branches.push(raw('WHEN'), ...bracketed(value), raw('IS NOT DISTINCT FROM'), ...bracketed(rest[at]!));
    branches.push(raw('THEN'), ...rest[at + 1]!);
  }
  if (rest.length % 2 === 1) branches.push(raw('ELSE'), ...rest.at(-1)!);
  return bracketed([...branches, raw('END')]);
};

/**
 * Translates GREATEST and LEAST, which in Oracle are NULL when any argument is. A lone bind gets
 * the type that the driver declared.
 */
const extreme = (name: string, given: Arguments, { bindTypes }: TranslationContext): Token[] => {
  const args = given.map((arg) => {
    const [bind, ...rest] = arg;
    return bind?.kind === 'bind' && rest.length === 0 ? [bind, raw(castFor(bindTypes[Number(bind.value)]))] : arg;
  });
  const nulls = args.flatMap((arg, at) => [raw(at === 0 ? '' : 'OR'), ...bracketed(arg), raw('IS NULL')]);
  return bracketed([raw('CASE WHEN'), ...nulls, raw('THEN NULL ELSE'), ...call(name, args), raw('END')]);
};

/** Calls that become other syntax. */
export const SPECIAL: Readonly<Record<string, (args: Arguments, context: TranslationContext) => Token[]>> = {
  NVL: (args) => call('coalesce', args),
  NVL2: ([value = [], there = [], missing = []]) =>
    bracketed([
      raw('CASE WHEN'),
      ...bracketed(value),
      raw('IS NOT NULL THEN'),
      ...there,
      raw('ELSE'),
      ...missing,
      raw('END'),
    ]),
  DECODE: decode,
  GREATEST: (args, context) => extreme('greatest', args, context),
  LEAST: (args, context) => extreme('least', args, context),
  EMPTY_CLOB: () => [raw("''")],
  LENGTHB: (args) => call('ora.byte_length', args),
  // As a subquery, one look-up per statement instead of one per row.
  SYS_CONTEXT: (args, { inDdl }) =>
    inDdl ? call('ora.sys_context', args) : bracketed([raw('SELECT'), ...call('ora.sys_context', args)]),
};
