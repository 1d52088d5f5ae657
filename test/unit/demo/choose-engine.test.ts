import { chooseEngine, type DemoEngine } from '../../../cli/demo/choose-engine';
import type { SpawnStandIn } from '../../../cli/demo/oracle-stand-in';
import { spawnOracleServer } from '../../../oracle-stand-in/spawn-oracle-server';

const POSTGRES = 'postgres://user@db/sms';
const ORACLE = 'oracle://user@db:1521/sms';

it.each<[DemoEngine | undefined, string | undefined, unknown]>([
  [undefined, undefined, { engine: 'pg', ours: true }],
  ['pg', undefined, { engine: 'pg', ours: true }],
  ['oracle', undefined, { engine: 'oracle', ours: true }],
  [undefined, POSTGRES, { engine: 'pg', ours: false }],
  [undefined, ORACLE, { engine: 'oracle', ours: false }],
  ['pg', POSTGRES, { engine: 'pg', ours: false }],
  ['oracle', ORACLE, { engine: 'oracle', ours: false }],
])('--engine %s and --database %s agree', (engine, database, chosen) => {
  expect(chooseEngine({ ...(engine && { engine }), ...(database && { database }) })).toEqual(chosen);
});

it.each<[DemoEngine, string]>([
  ['pg', ORACLE],
  ['oracle', POSTGRES],
])('--engine %s and --database %s contradict each other', (engine, database) => {
  expect(() => chooseEngine({ engine, database })).toThrow(/contradict each other: leave out --database.* or give one/);
});

it('the type of the stand-in in the command line, which must not import it, matches the stand-in', () => {
  // the compiler compares the two types
  const known: SpawnStandIn = spawnOracleServer;
  expect(known).toHaveLength(1);
});
