import knex from 'knex';
import { version } from 'knex/package.json';
import { discardConnection } from '../../../shared/database/postgres/knex-pool';

/** Read shared/database/postgres/knex-pool.ts before you upgrade knex. */
describe("the private parts of knex's pool", () => {
  const db = knex({ client: 'pg', connection: {}, log: { warn: () => undefined } });
  afterAll(() => db.destroy());

  it('are those of this version', () => expect(version).toBe('3.3.0'));

  it('lend, take back, and drop a discarded connection', async () => {
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
