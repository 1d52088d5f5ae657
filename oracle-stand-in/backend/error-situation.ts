export type PostgresError = Error & {
  readonly code?: string;
  readonly detail?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly position?: string;
};

/** The circumstances on which the Oracle number depends. */
export type ErrorSituation = {
  readonly verb: string;
  /** FOR UPDATE WAIT n, whose time-out has its own number. */
  readonly lockWait: boolean;
};
