import type { ExchangeNames } from '../services/shared/exchange/exchange-names';
import { type Grants, toGrants } from './0002-access-grants';
import { grantsOf } from './0002-access-oracle';
import { PARKED_GRANTS } from './0007-relay-parked';

/** What migrations after 0002 grant on tables of theirs. */
const LATER: readonly Readonly<Record<string, Grants>>[] = [PARKED_GRANTS];

/** Every right that anybody but the owner has when all migrations are done. */
export const toAllGrants = (names: ExchangeNames): Readonly<Record<string, Grants>> =>
  Object.fromEntries(
    Object.entries(toGrants(names)).map(([role, grants]) => [
      role,
      Object.assign({}, grants, ...LATER.map((later) => later[role] ?? {})) as Grants,
    ]),
  );

/** What a role is granted when all migrations are done, in Oracle's words; empty for a role that is none of ours. */
export const allGrantsOf = (role: string, names: ExchangeNames) => grantsOf(role, names, toAllGrants(names));
