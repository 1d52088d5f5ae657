/** A planned fault: what fails, and when. Plain data, so that it can be sent to a process. */
export type Fault =
  /**
   * The connection breaks at the n-th commit from now, before or after it takes effect. The client
   * cannot know the outcome.
   */
  | { readonly kind: 'kill-at-commit'; readonly when: 'before' | 'after'; readonly nth?: number }
  /**
   * The n-th matching statement from now fails with this ORA number. Numbers such as 3113 also end
   * the session.
   */
  | { readonly kind: 'fail'; readonly number: number; readonly nth?: number; readonly matching?: string }
  /** The connection breaks at the n-th matching statement from now, without an answer. */
  | { readonly kind: 'kill-at-statement'; readonly nth?: number; readonly matching?: string }
  /** Matching statements take `ms` longer, from now on or `times` times. */
  | { readonly kind: 'slow'; readonly ms: number; readonly times?: number; readonly matching?: string }
  /** Logins fail with this number (1017, 28000, 1033 …), from now on or `times` times. */
  | { readonly kind: 'refuse-login'; readonly number: number; readonly times?: number }
  /** The listener does not know the service (12514) or has no free process (12516, 12520). */
  | { readonly kind: 'refuse-connect'; readonly number: number; readonly times?: number }
  /**
   * A fetch fails when it reaches a row whose column (`TABLE.COLUMN`) contains this text, if the
   * query selects the bare column. For 29275.
   */
  | { readonly kind: 'fail-value'; readonly number: number; readonly column: string; readonly holding: string }
  /** Nothing is answered until `thaw`; connections stay open. */
  | { readonly kind: 'freeze' }
  /**
   * Row counts of matching array statements are all 0, one too few, or not sent, from now on or
   * `times` times. The statements take effect.
   */
  | { readonly kind: 'wrong-counts'; readonly how: WrongCounts; readonly times?: number; readonly matching?: string }
  /**
   * Another session runs this statement and commits, after the n-th matching FOR UPDATE SKIP LOCKED
   * has taken its snapshot and before it locks rows.
   */
  | { readonly kind: 'meanwhile'; readonly sql: string; readonly nth?: number; readonly matching?: string };

export type WrongCounts = 'zeros' | 'short' | 'none';

/** Errors that end the session. */
export const FATAL_NUMBERS: ReadonlySet<number> = new Set([
  28, 31, 600, 603, 1012, 1041, 1089, 1092, 2396, 3113, 3114, 3135, 12537, 12547,
]);

export type FaultPlan = {
  readonly inject: (fault: Fault) => void;
  readonly clear: () => void;
  readonly thaw: () => void;
  readonly atCommit: () => 'before' | 'after' | undefined;
  readonly atStatement: (sql: string) => { readonly error?: number; readonly kill?: boolean; readonly delayMs: number };
  /** Returns what is wrong with the row counts of this statement. */
  readonly atCounts: (sql: string) => WrongCounts | undefined;
  /** Returns the statements that others run between this statement's snapshot and its locks. */
  readonly beforeLocks: (sql: string) => readonly string[];
  /** Returns the error of a fetch that reaches these rows. */
  readonly atRows: (
    origins: readonly (string | undefined)[],
    rows: readonly (readonly unknown[])[],
  ) => number | undefined;
  readonly atLogin: () => number | undefined;
  readonly atConnect: () => number | undefined;
  /** Resolves when nothing is frozen. */
  readonly notFrozen: () => Promise<void>;
};

/** Returns true for faults that recur, unless they limit their number. */
const goesOn = ({ kind }: Fault): boolean => kind === 'slow' || kind === 'wrong-counts' || kind.startsWith('refuse');

const matches = (fault: Fault, sql: string): boolean =>
  new RegExp(('matching' in fault ? fault.matching : undefined) ?? '', 'i').test(sql);

type Pending = { readonly fault: Fault; left: number };

/** Creates a gate that holds all answers while it is shut. */
const createFreezer = () => {
  let frozen: { readonly until: Promise<void>; readonly thaw: () => void } | undefined;
  return {
    freeze: (): void => {
      if (frozen !== undefined) return;
      let thaw = (): void => undefined;
      const until = new Promise<void>((resolve) => {
        thaw = resolve;
      });
      frozen = { until, thaw };
    },
    thaw: (): void => {
      frozen?.thaw();
      frozen = undefined;
    },
    notFrozen: async (): Promise<void> => {
      await frozen?.until;
    },
  };
};

/** How many matching events the fault counts down before it is over or due. */
const eventsOf = (fault: Fault): number => {
  if ('times' in fault) return fault.times ?? Number.POSITIVE_INFINITY;
  if ('nth' in fault) return fault.nth ?? 1;
  return goesOn(fault) ? Number.POSITIVE_INFINITY : 1;
};

/** Creates the plan of faults that wait for their moment. */
export const createFaultPlan = (initial: readonly Fault[] = []): FaultPlan => {
  let pending: Pending[] = [];
  const { freeze, thaw, notFrozen } = createFreezer();

  const inject = (fault: Fault): void => {
    if (fault.kind === 'freeze') freeze();
    else pending.push({ fault, left: eventsOf(fault) });
  };
  const drop = (done: Pending): void => {
    pending = pending.filter((entry) => entry !== done);
  };
  /** Counts matching faults down, and returns those that are due. */
  const due = (test: (fault: Fault) => boolean): Fault[] =>
    pending
      .filter(({ fault }) => test(fault))
      .flatMap((entry) => {
        entry.left -= 1;
        if (entry.left <= 0) drop(entry);
        return goesOn(entry.fault) || entry.left <= 0 ? [entry.fault] : [];
      });
  const refusal = (kind: Fault['kind']): number | undefined => {
    const [fault] = due((candidate) => candidate.kind === kind);
    return fault !== undefined && 'number' in fault ? fault.number : undefined;
  };
  for (const fault of initial) inject(fault);
  return {
    inject,
    thaw,
    clear: () => {
      pending = [];
      thaw();
    },
    atCommit: () => {
      const [fault] = due(({ kind }) => kind === 'kill-at-commit');
      return fault?.kind === 'kill-at-commit' ? fault.when : undefined;
    },
    atStatement: (sql) => {
      const found = due((fault) => ['fail', 'kill-at-statement', 'slow'].includes(fault.kind) && matches(fault, sql));
      const failure = found.find(({ kind }) => kind === 'fail');
      return {
        ...(failure?.kind === 'fail' ? { error: failure.number } : {}),
        kill: found.some(({ kind }) => kind === 'kill-at-statement'),
        delayMs: found.reduce((sum, fault) => sum + (fault.kind === 'slow' ? fault.ms : 0), 0),
      };
    },
    atCounts: (sql) => {
      const [fault] = due((candidate) => candidate.kind === 'wrong-counts' && matches(candidate, sql));
      return fault?.kind === 'wrong-counts' ? fault.how : undefined;
    },
    beforeLocks: (sql) =>
      due((fault) => fault.kind === 'meanwhile' && matches(fault, sql)).flatMap((fault) =>
        fault.kind === 'meanwhile' ? [fault.sql] : [],
      ),
    atRows: (origins, rows) => {
      for (const { fault } of pending) {
        if (fault.kind !== 'fail-value') continue;
        const at = origins.indexOf(fault.column);
        if (at >= 0 && rows.some((row) => String(row[at] ?? '').includes(fault.holding))) return fault.number;
      }
      return undefined;
    },
    atLogin: () => refusal('refuse-login'),
    atConnect: () => refusal('refuse-connect'),
    notFrozen,
  };
};
