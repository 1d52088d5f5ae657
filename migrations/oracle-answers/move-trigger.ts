import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';
import { presentColumns } from '../../shared/exchange/send-columns';
import { ANSWERS, type AnswerTable, NOW, triggerName } from './kept-tables';

/** Returns the existing columns of an exchange table, joined by commas. Pure. */
export const columnsOf = (mapping: ExchangeMapping, table: AnswerTable): string =>
  presentColumns(mapping.columns[table]).join(', ');

/**
 * Returns a trigger that moves the rows of a statement after the last of them: before that the
 * table is mutating (ORA-04091). No failure stops the province's INSERT; the row then stays in its
 * table. The trigger is created disabled, because an enabled one that does not compile would refuse
 * every row (ORA-04098). Pure.
 */
export const moveTrigger = (
  mapping: ExchangeMapping,
  table: AnswerTable,
  declarations: string,
  settle: string,
): string => {
  const exchangeTable = mapping.tables[table];
  const { seqId } = mapping.columns[table];
  const columns = columnsOf(mapping, table);
  return `CREATE OR REPLACE TRIGGER ${triggerName(table)}
  FOR INSERT ON ${exchangeTable}
  DISABLE
COMPOUND TRIGGER
  TYPE T_IDS IS TABLE OF NUMBER(19) INDEX BY PLS_INTEGER;
  V_IDS T_IDS;
${declarations}
  AFTER EACH ROW IS
  BEGIN
    V_IDS(V_IDS.COUNT + 1) := :NEW.${seqId};
  END AFTER EACH ROW;

  AFTER STATEMENT IS
  BEGIN
    FORALL I IN 1 .. V_IDS.COUNT
      INSERT INTO ${ANSWERS[table]} (${columns}, KEPT_AT) SELECT ${columns}, ${NOW} FROM ${exchangeTable} WHERE ${seqId} = V_IDS(I);
    FORALL I IN 1 .. V_IDS.COUNT
      DELETE FROM ${exchangeTable} WHERE ${seqId} = V_IDS(I);
    FOR I IN 1 .. V_IDS.COUNT LOOP
      FOR R IN (SELECT ${columns} FROM ${ANSWERS[table]} WHERE ${seqId} = V_IDS(I)) LOOP
        BEGIN
${settle}
        EXCEPTION
          WHEN OTHERS THEN NULL; /* the row is kept: the collector settles it later */
        END;
      END LOOP;
    END LOOP;
  EXCEPTION
    WHEN OTHERS THEN NULL; /* the row is still in its table: the collector takes it from there */
  END AFTER STATEMENT;
END ${triggerName(table)};`;
};
