import type { ExchangeMapping } from '../shared/exchange/exchange-mapping';
import { grantsOf } from './0002-access/access-oracle';
import { type Grants, toGrants } from './0002-access/grants';
import { GATEWAY_WORDS_GRANTS } from './0004-gateway-words/gateway-words';
import { PARKED_GRANTS } from './0007-relay-parked/relay-parked';
import { IDENTITY_GRANTS, toRenamedColumns } from './0011-identity/identity';
import { SPELLING_GRANTS } from './0012-producer-spells/producer-spells';
import { LIMIT_GRANTS } from './0013-neighbours/account-limits';
import { SEND_VIEW_GRANTS } from './0013-neighbours/send-view';

/** Grants of the migrations after 0002. */
const LATER: readonly Readonly<Record<string, Grants>>[] = [
  GATEWAY_WORDS_GRANTS,
  IDENTITY_GRANTS,
  PARKED_GRANTS,
  SPELLING_GRANTS,
  LIMIT_GRANTS,
  SEND_VIEW_GRANTS,
];

const LISTED = /^(\w+) \(([^)]*)\)$/;

/** Merges two lists of privileges on one relation; the columns of a privilege become one list. */
const together = (rights: string | undefined, more: string): string => {
  if (rights === undefined) return more;
  const [, privilege = '', columns = ''] = LISTED.exec(more) ?? [];
  const given = new RegExp(`\\b${privilege} \\(([^)]*)\\)`);
  return columns !== '' && given.test(rights)
    ? rights.replace(given, `${privilege} ($1, ${columns})`)
    : `${rights}, ${more}`;
};

const merge = (grants: Grants, more: Grants): Grants => ({
  ...grants,
  ...Object.fromEntries(
    Object.entries(more).map(([relation, rights]) => [relation, together(grants[relation], rights)]),
  ),
});

const renamed = (grants: Grants): Grants =>
  Object.fromEntries(
    Object.entries(grants).map(([relation, rights]) => [relation, toRenamedColumns(relation, rights)]),
  );

/** Returns every right besides the owner's after all migrations, by role. Pure. */
export const toAllGrants = (mapping: ExchangeMapping): Readonly<Record<string, Grants>> =>
  Object.fromEntries(
    Object.entries(toGrants(mapping)).map(([role, grants]) => [
      role,
      LATER.reduce<Grants>((all, later) => merge(all, later[role] ?? {}), renamed(grants)),
    ]),
  );

/**
 * Returns the grants of a role after all migrations in Oracle's syntax; empty for a role that is
 * not the platform's. Pure.
 */
export const allGrantsOf = (role: string, mapping: ExchangeMapping) => grantsOf(role, mapping, toAllGrants(mapping));
