import { WIDTHS } from '../../ledger/widths';
import type { OracleColumn } from './oracle-binds';

/** Maximum size of a VARCHAR2 in bytes, for any declared number of characters. */
const MOST_BYTES = 4000;

/** Returns a text column for up to `characters` characters of at most four bytes each. */
export const textColumn = (characters: number): OracleColumn => ({
  type: 'text',
  maxBytes: Math.min(characters * 4, MOST_BYTES),
});

export const NUMBER_COLUMN: OracleColumn = { type: 'number' };

export const TIME_COLUMN: OracleColumn = { type: 'time' };

/** A number bound as text: a key of up to 38 digits exceeds JavaScript's exact numbers. */
export const KEY_COLUMN: OracleColumn = textColumn(40);

/** MESSAGE_ID, MSG_ID, RECEIVED_ID, GATEWAY_MSG_ID. */
export const ID_COLUMN: OracleColumn = textColumn(WIDTHS.id);
export const APP_COLUMN: OracleColumn = textColumn(WIDTHS.app);
export const STATUS_COLUMN: OracleColumn = textColumn(WIDTHS.status);
export const REASON_COLUMN: OracleColumn = textColumn(WIDTHS.reason);
export const CODE_COLUMN: OracleColumn = textColumn(WIDTHS.code);
