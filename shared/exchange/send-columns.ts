import type { ExchangeMapping } from './exchange-mapping';
import { toLiteral } from './sql-literal';

type Column = Exclude<keyof ExchangeMapping['columns']['send'], 'seqId'>;

/**
 * Returns the column list and the value list of an INSERT into the province's table, in the same
 * order: the columns that the table has, then the constant ones.
 * @param values SQL of each column's value
 */
export const toSendColumns = (
  { columns, send }: ExchangeMapping,
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

/**
 * Returns the SQL condition for rows that the province has not taken, or undefined where it does
 * not mark rows: then every row waits.
 */
export const waitingRows = ({ send: { taken } }: ExchangeMapping): string | undefined => {
  if (taken === null) return undefined;
  const { column, values } = taken;
  return values === undefined
    ? `${column} IS NULL`
    : `(${column} IS NULL OR ${column} NOT IN (${values.map(toLiteral).join(', ')}))`;
};

/** Returns the SQL condition for rows that the province has taken and left in the table. */
export const takenRows = ({ column, values }: NonNullable<ExchangeMapping['send']['taken']>): string =>
  values === undefined ? `${column} IS NOT NULL` : `${column} IN (${values.map(toLiteral).join(', ')})`;

/** Returns the columns of an exchange table that the province has. */
export const presentColumns = (columns: Readonly<Record<string, string | null>>): readonly string[] =>
  Object.values(columns).filter((column) => column !== null);
