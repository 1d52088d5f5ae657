import type { Knex } from 'knex';

/**
 * Creates knex at its first use. Only migrations and the command line use it; loading it takes a
 * fifth of a service's start.
 */
export const createLazyKnex = (config: Knex.Config) => {
  let created: Knex | undefined;
  return {
    get: (): Knex => {
      created ??= (require('knex') as typeof import('knex')).knex(config);
      return created;
    },
    destroy: async (): Promise<void> => created?.destroy(),
  };
};
