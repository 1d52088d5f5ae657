import type { ApplicationDirectory } from '../../../shared/accounts/application-directory';
import type { Database } from '../../../shared/database/database';
import { loadColumns } from '../../../shared/database/load-columns';
import type { ExchangeNames } from '../../../shared/exchange/exchange-names';
import { findColumnProblems } from '../../../shared/faults/column-problems';
import { createJudge } from '../../../shared/faults/judge-with-probe';
import { describeFault } from '../../../shared/faults/preflight';
import { createHandOver } from '../sql/hand-over';
import { createProbeTables } from '../sql/probe-tables';

/** Checks the tables that the relay writes, by test rows and by the catalogue. */
export const createSendTables = (
  db: Database,
  names: ExchangeNames,
  rows: { readonly applications: ApplicationDirectory['applications']; readonly contentMax: number },
) => {
  const probe = createProbeTables(db, createHandOver(db, names), rows);
  const columnProblems = async () => findColumnProblems('send', names, await loadColumns(db, names.tables.send));
  const tables = `${names.tables.send} or SM_SEND_T`;
  return {
    ...createJudge(probe),
    probe,
    columnProblems,
    tables,
    describe: (error: unknown) => describeFault(error, columnProblems, tables),
  };
};

export type SendTables = ReturnType<typeof createSendTables>;
