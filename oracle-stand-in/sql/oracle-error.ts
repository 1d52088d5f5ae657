/** An error as Oracle reports it. Any other exception is a fault of this server. */
export class OracleError extends Error {
  constructor(
    readonly number: number,
    message: string,
    readonly position?: number,
  ) {
    super(message);
  }
}

export const oraText = (number: number, message: string): string =>
  `ORA-${String(number).padStart(5, '0')}: ${message}`;

/** Returns the error for features that this stand-in lacks: it refuses instead of guessing. */
export const notSupported = (what: string): OracleError =>
  new OracleError(3001, `unimplemented feature (of the stand-in, not of Oracle): ${what}`);

export const missingObject = (): OracleError => new OracleError(942, 'table or view does not exist');
