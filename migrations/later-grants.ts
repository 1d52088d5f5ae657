import type { ExchangeNames } from '../services/shared/exchange/exchange-names';
import { type Grants, toGrants } from './0002-access-grants';

const GATEWAY_WORDS = 'UPDATE (gateway_submitted_at, gateway_done_at, gateway_message)';

/** What roles are granted by the migrations after 0002, which itself never changes. */
export const LATER_GRANTS: Readonly<Record<'0004', Readonly<Record<string, Grants>>>> = {
  '0004': { sms_collector: { sm_send_t: GATEWAY_WORDS, sm_send_t_log: GATEWAY_WORDS } },
};

const UPDATED = /\bUPDATE \(([^)]*)\)/;

/** Rights on one relation together: columns that may be changed stand in one list. */
const together = (rights: string | undefined, more: string): string => {
  if (rights === undefined) return more;
  const columns = UPDATED.exec(more)?.[1];
  return columns !== undefined && UPDATED.test(rights)
    ? rights.replace(UPDATED, (_, before: string) => `UPDATE (${before}, ${columns})`)
    : `${rights}, ${more}`;
};

/** Every right that a role has when all migrations are done. */
export const toAllGrants = (names: ExchangeNames): Readonly<Record<string, Grants>> => {
  const all: Record<string, Record<string, string>> = structuredClone(toGrants(names));
  for (const added of Object.values(LATER_GRANTS))
    for (const [role, grants] of Object.entries(added))
      for (const [relation, rights] of Object.entries(grants)) {
        const of = all[role] ?? {};
        of[relation] = together(of[relation], rights);
        all[role] = of;
      }
  return all;
};

/** The statements of one migration's grants, on either engine. */
export const laterGrants = (migration: keyof typeof LATER_GRANTS): readonly string[] =>
  Object.entries(LATER_GRANTS[migration]).flatMap(([role, grants]) =>
    Object.entries(grants).map(([relation, rights]) => `GRANT ${rights} ON ${relation} TO ${role}`),
  );
