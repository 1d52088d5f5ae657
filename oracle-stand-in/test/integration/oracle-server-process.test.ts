import oracledb from 'oracledb';
import { createEmptyDatabase } from '../../../test/support/empty-database';
import { spawnOracleServer } from '../../spawn-oracle-server';

jest.setTimeout(120_000);

describe('the Oracle stand-in as a process of its own', () => {
  it('serves, takes commands, reports its log, and ends with its standard input', async () => {
    const database = await createEmptyDatabase();
    const server = await spawnOracleServer({ postgresUrl: database.url, users: { YJSMS: 'secret' } });
    const connection = await oracledb.getConnection({
      user: 'YJSMS',
      password: 'secret',
      connectString: server.connectString,
    });
    await server.inject({ kind: 'fail', number: 60, matching: 'DUAL' });
    await expect(connection.execute('SELECT 1 FROM DUAL')).rejects.toMatchObject({ errorNum: 60 });
    expect((await connection.execute('SELECT 1 FROM DUAL')).rows).toEqual([[1]]);
    await expect(connection.execute('SELECT 1 LIMIT 1')).rejects.toMatchObject({ errorNum: 933 });
    expect((await server.statements()).map(({ sql, error }) => [sql, error])).toEqual([
      ['SELECT 1 FROM DUAL', 60],
      ['SELECT 1 FROM DUAL', undefined],
    ]);
    expect((await server.roundTrips()).map(({ call }) => call)).toEqual(['execute', 'execute', 'execute']);
    await server.close();
    await expect(connection.ping()).rejects.toMatchObject({ code: 'NJS-500' });
    await database.drop();
  });
});
