export type OutboundAudit = {
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  /** in the journal, but nobody published it (or it should have been refused) */
  readonly unexpected: readonly string[];
};

/** Compares what was published and had to be handed over with what the province's journal says it took. */
export const auditOutbound = (published: Iterable<string>, journal: Iterable<string>): OutboundAudit => {
  const expected = new Set(published);
  const taken = new Map<string, number>();
  for (const id of journal) taken.set(id, (taken.get(id) ?? 0) + 1);
  return {
    lost: [...expected].filter((id) => !taken.has(id)),
    duplicated: [...taken].filter(([, count]) => count > 1).map(([id]) => id),
    unexpected: [...taken.keys()].filter((id) => !expected.has(id)),
  };
};

/** Events that came again with the same id but are about something else. `about` is what the id stands for, e.g. message and gateway answer. */
export const conflictingRepeats = (
  events: Iterable<{ readonly id: string; readonly about: string }>,
): readonly string[] => {
  const first = new Map<string, string>();
  const conflicts: string[] = [];
  for (const { id, about } of events) {
    const before = first.get(id);
    if (before === undefined) first.set(id, about);
    else if (before !== about) conflicts.push(`${id}: ${before} ≠ ${about}`);
  }
  return conflicts;
};
