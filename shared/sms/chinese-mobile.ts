/**
 * Mobile numbers of mainland China (11 digits) and its machine-to-machine ranges (13 digits, used
 * by meters with SIM cards). Nearly every number matches. Calling the library for each would cost
 * 20 times as much on the relay's hot path.
 */
export const CHINESE_MOBILE = /^(?:(?:\+|00)?86|0)?(1(?:[3-9]\d{9}|(?:064|4[014]0)\d{9}))$/;
