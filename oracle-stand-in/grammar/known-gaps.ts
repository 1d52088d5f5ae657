/**
 * Documented Oracle syntax that the grammar lacks, by exact text, so that any similar statement is
 * checked again.
 */
export const KNOWN_GAPS: ReadonlyMap<string, string> = new Map([
  [
    `ALTER TABLE KB_OUT_P EXCHANGE PARTITION FOR (TIMESTAMP '2026-01-01 00:00:00') WITH TABLE KB_OUT_X INCLUDING INDEXES WITHOUT VALIDATION`,
    'SQL Reference, ALTER TABLE, exchange_partition_subpart: PARTITION FOR (…); the grammar knows only names there',
  ],
  [
    'ALTER SYSTEM SET max_idle_blocker_time = 2 SCOPE = BOTH',
    'SQL Reference, ALTER SYSTEM, alter_system_set_clause; the grammar has no ALTER SYSTEM',
  ],
  ['ALTER SYSTEM SET processes = 450 SCOPE = SPFILE', 'SQL Reference, ALTER SYSTEM: as above'],
]);
