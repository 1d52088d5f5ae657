import type { ExchangeNames } from '../shared/exchange/exchange-names';

/** A column's name, null where the province has none, and its type. */
export type ColumnType = readonly [name: string | null, type: string];

/** The columns that there are, as CREATE TABLE takes them. */
export const definitionsOf = (columns: readonly ColumnType[]): string =>
  columns.flatMap(([name, type]) => (name === null ? [] : [`${name} ${type}`])).join(', ');

/** Types of columns that the exchange file adds to the table for the province. */
type AddedTypes = { readonly number: string; readonly text: (characters: number) => string; readonly time: string };

/** Columns with a constant, and the one in which the province marks what it took: by the type of their values; a mark that may be anything is a time. */
export const addedColumns = (
  { send: { constants, taken } }: ExchangeNames,
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
