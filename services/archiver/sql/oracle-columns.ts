import type { OracleColumn } from '../../../shared/database/oracle/oracle-statements';

/** Bound columns of the archiver's array statements. They never change, so that a server has each statement once. */
export const ID: OracleColumn = { type: 'text', maxBytes: 256 };
export const APP: OracleColumn = { type: 'text', maxBytes: 128 };
export const TIME: OracleColumn = { type: 'time' };
