export type PostgresError = Error & {
  readonly code?: string;
  readonly detail?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly position?: string;
};

/** What was going on, as far as the number depends on it. */
export type ErrorSituation = {
  readonly verb: string;
  /** FOR UPDATE WAIT n, whose time-out has a number of its own */
  readonly lockWait: boolean;
};
