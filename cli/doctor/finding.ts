/** What one check found. */
export type Finding = {
  /** area and thing, e.g. `database: clock` */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** what to do */
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

/** The end of an advice: statements to be run as they are. A line each, because SQL*Plus takes no two on one line, and nothing behind a semicolon. */
export const statements = (...texts: readonly string[]): string => texts.map((text) => `\n      ${text};`).join('');

/** Looks at one thing. What it throws is a finding too. */
export type Check = {
  readonly name: string;
  readonly look: () => Promise<readonly Finding[] | Finding>;
  /** when this fails, those after it have no ground to stand on and are left out */
  readonly essential?: true;
};
