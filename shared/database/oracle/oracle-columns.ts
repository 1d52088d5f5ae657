import type { OracleColumn } from './oracle-statements';

/** What VARCHAR2 holds, whatever number of characters it is declared with. */
const MOST_BYTES = 4000;

/** A text of up to so many characters, of which each may take four bytes. */
export const textColumn = (characters: number): OracleColumn => ({
  type: 'text',
  maxBytes: Math.min(characters * 4, MOST_BYTES),
});

export const NUMBER_COLUMN: OracleColumn = { type: 'number' };

export const TIME_COLUMN: OracleColumn = { type: 'time' };

/** A number as text: a key of up to 38 digits is more than JavaScript's numbers hold. */
export const KEY_COLUMN: OracleColumn = textColumn(40);
