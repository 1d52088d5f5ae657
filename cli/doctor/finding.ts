export type Finding = {
  /** area and subject, for example `database: clock` */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** the action to take */
  readonly advice?: string;
};

export const well = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });

export const warning = (check: string, detail: string, advice: string): Finding => ({
  check,
  state: 'warning',
  detail,
  advice,
});

export const broken = (check: string, detail: string, advice: string): Finding => ({
  check,
  state: 'failed',
  detail,
  advice,
});

/**
 * Formats statements as the end of an advice, ready to be run. Each has its own line, because
 * SQL*Plus accepts neither two statements on a line nor text after a semicolon. Pure.
 */
export const statements = (...texts: readonly string[]): string => texts.map((text) => `\n      ${text};`).join('');

/** A check of one subject. An error that `look` throws becomes a finding. */
export type Check = {
  readonly name: string;
  readonly look: () => Promise<readonly Finding[] | Finding>;
  /** when this check fails, the later ones are skipped, because they depend on it */
  readonly essential?: true;
};
