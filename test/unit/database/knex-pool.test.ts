import knex from 'knex';
import { version } from 'knex/package.json';
import { discardConnection } from '../../../shared/database/postgres/knex-pool';

/** Read shared/database/postgres/knex-pool.ts before you upgrade knex. */
describe("what is used of knex's pool", () => {
  const db = knex({ client: 'pg', connection: {} });
  afterAll(() => db.destroy());

  it('is that of this version', () => expect(version).toBe('3.3.0'));

  it('lends, takes back, and drops what was discarded', async () => {
    expect(db.client).toMatchObject({
      acquireConnection: expect.any(Function),
      releaseConnection: expect.any(Function),
    });
    const { validate } = db.client.getPoolSettings({ min: 0, max: 1 });
    const connection = {};
    expect(await validate(connection)).toBe(true);
    discardConnection(connection, new Error('lost'));
    expect(await validate(connection)).toBe(false);
  });
});
