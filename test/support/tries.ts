/** How often a property is tried: `npm run test:unit` tries a twentieth of the times, a whole run all of them. */
export const tries = (times: number): number => (process.env.TEST_QUICK === 'true' ? Math.ceil(times / 20) : times);
