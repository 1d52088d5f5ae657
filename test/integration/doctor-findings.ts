import { createClock } from '../../cli/connect/load-clock';
import { databaseChecks } from '../../cli/doctor/check-database';
import { flowChecks } from '../../cli/doctor/check-flow';
import { engineChecks } from '../../cli/doctor/check-oracle';
import { checkRights } from '../../cli/doctor/check-rights';
import type { Check, Finding } from '../../cli/doctor/finding';
import { lookIntoDatabase } from '../../cli/doctor/look-into-database';
import { openDatabase } from '../../shared/database/open-database';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

/**
 * Returns the findings of `sms-bridge doctor` in the database for the account of the URL, without a
 * process of its own.
 */
export const findingsOf = async (url: string): Promise<readonly Finding[]> => {
  const db = openDatabase({ url, applicationName: 'test', poolMax: 3, statementTimeoutMs: 20_000 });
  const mapping = loadExchangeMapping();
  const looks = lookIntoDatabase(db, mapping);
  const found: Finding[] = [];
  const checks: readonly Check[] = [
    ...databaseChecks(
      db,
      looks,
      mapping,
      engineChecks(db, mapping, { poolMax: 6, statementCache: 100, tablespaces: true }),
    ),
    { name: 'rights', look: () => checkRights(looks) },
    ...flowChecks(db, looks, mapping, { highRows: 1000, highAgeSeconds: 60 }, createClock('UTC')),
  ];
  try {
    for (const { look, essential } of checks) {
      const seen = [await look()].flat();
      found.push(...seen);
      if (essential && seen.some(({ state }) => state === 'failed')) break;
    }
    return found;
  } finally {
    await db.close();
  }
};
