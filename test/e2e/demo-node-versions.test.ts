import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, startWith, toNumbers } from '../support/demo-process';

/** The versions that the documents name, as the npm packages that bring them. */
const VERSIONS = ['20.20.2', '22.23.5', '24.22.3'] as const;

const majorOf = (version: string): string => version.split('.')[0] as string;

/** Returns the program of another version of Node; fetches it once, into the cache of the clone. */
const fetchNode = (version: string): string => {
  const place = join(ROOT, 'node_modules', '.cache', 'sms-bridge-node', version);
  const name = `node-${process.platform}-${process.arch}`;
  const program = join(place, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  const args = ['install', '--prefix', place, '--no-audit', '--no-fund', `${name}@${version}`];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm cannot fetch ${name}@${version}:\n${stderr}`);
  return program;
};

describe('the demo of 200 messages', () => {
  it('runs on each version of Node that the documents name; all other tests run on the present one', async () => {
    const others = VERSIONS.filter((version) => majorOf(version) !== majorOf(process.versions.node));
    expect(others).toHaveLength(2);
    const nodes = others.map(fetchNode);
    const { TEST_KAFKA_BROKERS: kafka = '', TEST_DATABASE_URL: database = '' } = process.env;
    const demos = nodes.map((node) =>
      startWith(node, ROOT, '--messages', '200', '--kafka', kafka, '--database', database),
    );
    for (const demo of demos) {
      expect({ code: await demo.ended, errors: demo.errors }).toEqual({ code: 0, errors: [] });
      expect(toNumbers(demo.lines.at(-1) as string)).toMatchObject({ published: 200, lost: 0, duplicated: 0 });
    }
  }, 300_000);
});
