/**
 * Returns how often a property is tried: a twentieth of `times` in `npm run test:unit`, all of
 * them in a whole run.
 */
export const tries = (times: number): number => (process.env.TEST_QUICK === 'true' ? Math.ceil(times / 20) : times);
