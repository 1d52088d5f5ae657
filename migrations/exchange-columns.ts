import type { ExchangeMapping } from '../shared/exchange/exchange-mapping';

/** Name and type of a column. The name is null when the province does not have the column. */
export type ColumnType = readonly [name: string | null, type: string];

/** Returns the existing columns, as CREATE TABLE takes them. Pure. */
export const definitionsOf = (columns: readonly ColumnType[]): string =>
  columns.flatMap(([name, type]) => (name === null ? [] : [`${name} ${type}`])).join(', ');

/** Types of the columns that the exchange file adds to the table for the province. */
type AddedTypes = { readonly number: string; readonly text: (characters: number) => string; readonly time: string };

/**
 * Returns the columns with a constant, and the column in which the province marks taken rows. Types
 * follow the values; a mark without listed values is a time. Pure.
 */
export const addedColumns = (
  { send: { constants, taken } }: ExchangeMapping,
  types: AddedTypes,
): readonly ColumnType[] => {
  const typeOf = (values: readonly (string | number)[]): string =>
    values.every((value) => typeof value === 'number')
      ? types.number
      : types.text(Math.max(32, ...values.map((value) => String(value).length)));
  return [
    ...Object.entries(constants).map(([column, value]) => [column, typeOf([value])] as const),
    ...(taken === null
      ? []
      : [[taken.column, taken.values === undefined ? types.time : typeOf(taken.values)] as const]),
  ];
};
