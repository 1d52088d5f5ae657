/** What goes wrong, and when. Plain data, so that it can be sent to a server in another process. */
export type Fault =
  /** The connection breaks at the n-th commit from now, with or without its having happened: the outcome is unknown to the client. */
  | { readonly kind: 'kill-at-commit'; readonly when: 'before' | 'after'; readonly nth?: number }
  /** The n-th matching statement from now fails with this ORA number. 3113 and its kin also end the session. */
  | { readonly kind: 'fail'; readonly number: number; readonly nth?: number; readonly matching?: string }
  /** The connection breaks at the n-th matching statement from now, without an answer. */
  | { readonly kind: 'kill-at-statement'; readonly nth?: number; readonly matching?: string }
  /** Matching statements take so much longer, from now on or so many times. */
  | { readonly kind: 'slow'; readonly ms: number; readonly times?: number; readonly matching?: string }
  /** Log-ins fail with this number: 1017, 28000, 1033 …; from now on or so many times. */
  | { readonly kind: 'refuse-login'; readonly number: number; readonly times?: number }
  /** The listener answers, but does not know the service (12514) or has no free process (12516, 12520). */
  | { readonly kind: 'refuse-connect'; readonly number: number; readonly times?: number }
  /** A fetch fails that reaches a row whose column (`TABLE.COLUMN`) holds such a text, as long as the column is read as it is: 29275. */
  | { readonly kind: 'fail-value'; readonly number: number; readonly column: string; readonly holding: string }
  /** Nothing is answered until `thaw`; connections stay open. */
  | { readonly kind: 'freeze' };

/** Errors after which there is no session any more. */
export const FATAL_NUMBERS: ReadonlySet<number> = new Set([
  28, 31, 600, 603, 1012, 1041, 1089, 1092, 2396, 3113, 3114, 3135, 12537, 12547,
]);

export type FaultPlan = {
  readonly inject: (fault: Fault) => void;
  readonly clear: () => void;
  readonly thaw: () => void;
  readonly atCommit: () => 'before' | 'after' | undefined;
  readonly atStatement: (sql: string) => { readonly error?: number; readonly kill?: boolean; readonly delayMs: number };
  /** the error of a fetch that reaches these rows */
  readonly atRows: (
    origins: readonly (string | undefined)[],
    rows: readonly (readonly unknown[])[],
  ) => number | undefined;
  readonly atLogin: () => number | undefined;
  readonly atConnect: () => number | undefined;
  /** resolves when nothing is frozen */
  readonly notFrozen: () => Promise<void>;
};

type Pending = { readonly fault: Fault; left: number };

/** Faults that wait for their moment. */
export const createFaultPlan = (initial: readonly Fault[] = []): FaultPlan => {
  let pending: Pending[] = [];
  let frozen: { readonly until: Promise<void>; readonly thaw: () => void } | undefined;

  const inject = (fault: Fault): void => {
    if (fault.kind === 'freeze') {
      if (frozen !== undefined) return;
      let thaw = (): void => undefined;
      const until = new Promise<void>((resolve) => {
        thaw = resolve;
      });
      frozen = { until, thaw };
      return;
    }
    const left =
      'times' in fault
        ? (fault.times ?? Number.POSITIVE_INFINITY)
        : 'nth' in fault
          ? (fault.nth ?? 1)
          : 'ms' in fault || fault.kind.startsWith('refuse')
            ? Number.POSITIVE_INFINITY
            : 1;
    pending.push({ fault, left });
  };
  const thaw = (): void => {
    frozen?.thaw();
    frozen = undefined;
  };
  const drop = (done: Pending): void => {
    pending = pending.filter((entry) => entry !== done);
  };
  /** Counts down faults that happen once; those whose turn has come. */
  const due = (test: (fault: Fault) => boolean): Fault[] =>
    pending
      .filter(({ fault }) => test(fault))
      .flatMap((entry) => {
        entry.left -= 1;
        const counts = entry.fault.kind === 'slow' || entry.fault.kind.startsWith('refuse');
        if (entry.left <= 0) drop(entry);
        return counts || entry.left <= 0 ? [entry.fault] : [];
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
      const found = due((fault) =>
        'matching' in fault || ['fail', 'kill-at-statement', 'slow'].includes(fault.kind)
          ? new RegExp((fault as { matching?: string }).matching ?? '', 'i').test(sql)
          : false,
      );
      const failure = found.find(({ kind }) => kind === 'fail');
      return {
        ...(failure?.kind === 'fail' ? { error: failure.number } : {}),
        kill: found.some(({ kind }) => kind === 'kill-at-statement'),
        delayMs: found.reduce((sum, fault) => sum + (fault.kind === 'slow' ? fault.ms : 0), 0),
      };
    },
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
    notFrozen: async () => {
      await frozen?.until;
    },
  };
};
