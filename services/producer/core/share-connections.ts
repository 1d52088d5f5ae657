/** How many connections each purpose has. */
export type Shares = { readonly background: number; readonly lookUps: number; readonly changes: number };

/**
 * Shares DATABASE_POOL_MAX (3 or more) out, so that a purpose whose statements hang takes no
 * connection of another. The intake, the registry and the start share `background`.
 */
export const shareConnections = (poolMax: number): Shares => {
  const third = Math.floor(poolMax / 3);
  return { background: poolMax - 2 * third, lookUps: third, changes: third };
};
