import { BridgeError, messageOf } from '../errors';

/** What corrects a fault of a table, by the error numbers of both engines. The first match wins. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(23502|ORA-0140[07])$/,
    'give the column a default, let it be empty, or name it in EXCHANGE_FILE if it has another name there',
  ],
  [
    /^(22001|ORA-12899|ORA-01461)$/,
    'make the column as wide as the longest value that a valid message may have: docs/runbooks/table-refuses.md',
  ],
  [/^(22003|ORA-01438)$/, 'give the number column more digits'],
  [/^(23514|ORA-02290)$/, 'change or drop the check: every value that a valid message may have must go in'],
  [/^(23503|ORA-0229[12])$/, 'add the missing parent row, or drop the foreign key'],
  [/^ORA-1440[0-2]$/, 'add the missing partition'],
  [
    /^(22|ORA-01722|ORA-018|ORA-06502)/,
    'give the column a type that takes such values: docs/runbooks/table-refuses.md',
  ],
  [/^(42703|ORA-00904)$/, 'add the column, or name it in EXCHANGE_FILE as it is called there'],
  [/^(42P01|ORA-00942)$/, 'create the table, give this account its right on it, or name it in EXCHANGE_FILE'],
  [/^(42501|ORA-01031|ORA-41900)$/, 'give this account the right: `sms-bridge doctor` names the missing one'],
  [/^ORA-0(4098|4063|4045)$/, 'have its owner compile the trigger'],
];

const RAISED = /^(P0001|ORA-20\d{3})$/;

/**
 * Explains a fault of a table to the operator: where it is, the server's words, and what to do.
 * @param error raised by a record or by a test row
 * @param tables the tables that may be meant when the server names none
 */
export const explainFault = (error: unknown, tables?: string): string => {
  if (!(error instanceof BridgeError) || error.place === undefined) return messageOf(error);
  const { number, table, column, constraint, routine } = error.place;
  const where = [
    (table ?? tables) && `table ${table ?? tables}`,
    column && `column ${column}`,
    constraint && `constraint ${constraint}`,
    routine && `code ${routine}`,
  ].filter(Boolean);
  const remedy =
    routine || RAISED.test(number)
      ? 'correct or disable the trigger that raises it'
      : REMEDIES.find(([pattern]) => pattern.test(number))?.[1];
  return [where.join(', '), messageOf(error), remedy].filter(Boolean).join(': ');
};
