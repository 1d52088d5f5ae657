import type { Value } from '../wire/oracle-types';

export type RawField = {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
};
export type RawResult = {
  readonly fields: readonly RawField[];
  readonly rows: readonly (readonly Value[])[];
  readonly count: number;
};
