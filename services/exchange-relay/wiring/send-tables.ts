import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { Database } from '../../../shared/database/database';
import { loadColumns } from '../../../shared/database/load-columns';
import type { ExchangeMapping } from '../../../shared/exchange/exchange-mapping';
import { findColumnProblems } from '../../../shared/faults/column-problems';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { describeFault } from '../../../shared/faults/preflight';
import { createHandOver } from '../sql/hand-over';
import { createProbeTables } from '../sql/probe-tables';

/** Checks the tables that the relay writes, by test rows and by the catalogue. */
export const createSendTables = (
  db: Database,
  mapping: ExchangeMapping,
  rows: { readonly applications: ApplicationDirectory['applications']; readonly contentMax: number },
) => {
  const probe = createProbeTables(db, createHandOver(db, mapping), rows);
  const columnProblems = async () => findColumnProblems('send', mapping, await loadColumns(db, mapping.tables.send));
  const tables = `${mapping.tables.send} or SM_SEND_T`;
  return {
    ...createJudge(probe),
    probe,
    columnProblems,
    tables,
    describe: (error: unknown) => describeFault(error, columnProblems, tables),
  };
};

export type SendTables = ReturnType<typeof createSendTables>;
