import type { ExchangeNames } from './exchange-names';
import { toLiteral } from './sql-literal';

type Column = Exclude<keyof ExchangeNames['columns']['send'], 'seqId'>;

/**
 * What an INSERT into the table for the province names and gives, in one order: the columns that it has, then those with a constant.
 * @param values SQL of each column's value
 */
export const toSendColumns = (
  { columns, send }: ExchangeNames,
  values: Readonly<Record<Column, string>>,
): { readonly columns: string; readonly values: string } => {
  const written = [
    ...Object.entries(values).flatMap(([key, value]) => {
      const column = columns.send[key as Column];
      return column === null ? [] : [[column, value] as const];
    }),
    ...Object.entries(send.constants).map(([column, value]) => [column, toLiteral(value)] as const),
  ];
  return {
    columns: written.map(([column]) => column).join(', '),
    values: written.map(([, value]) => value).join(', '),
  };
};

/** SQL: which rows the province has not taken. It may mark what it took; without a mark, what is there waits. */
export const waitingRows = ({ send: { taken } }: ExchangeNames): string | undefined => {
  if (taken === null) return undefined;
  const { column, values } = taken;
  return values === undefined
    ? `${column} IS NULL`
    : `(${column} IS NULL OR ${column} NOT IN (${values.map(toLiteral).join(', ')}))`;
};

/** SQL: which rows the province has taken and left there. */
export const takenRows = ({ column, values }: NonNullable<ExchangeNames['send']['taken']>): string =>
  values === undefined ? `${column} IS NOT NULL` : `${column} IN (${values.map(toLiteral).join(', ')})`;

/** The columns of an exchange table that the province has. */
export const columnsThere = (columns: Readonly<Record<string, string | null>>): readonly string[] =>
  Object.values(columns).filter((column) => column !== null);
