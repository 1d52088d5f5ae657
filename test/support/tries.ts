/**
 * Returns how often a property is tried: a tenth of `times` in `npm run test:unit`, all of them in
 * a whole run.
 */
export const tries = (times: number): number => (process.env.TEST_QUICK === 'true' ? Math.ceil(times / 10) : times);
