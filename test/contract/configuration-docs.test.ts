import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExchangeMapping } from '../../shared/exchange/exchange-mapping';

const root = join(__dirname, '..', '..');
const document = join(root, 'docs', 'configuration.md');
const text = readFileSync(document, 'utf8');

const check = (file: string) =>
  spawnSync(process.execPath, [join(root, 'scripts', 'docs', 'configuration.mjs'), '--check', file], {
    encoding: 'utf8',
  });

describe('docs/configuration.md', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'configuration-docs-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('is generated from the declarations', () => {
    const { status, stderr } = check(document);
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });

  it('is reported as stale when a default changes', () => {
    const stale = join(scratch, 'stale.md');
    writeFileSync(stale, text.replace('| `9464` |', '| `9465` |'));
    const { status, stderr } = check(stale);
    expect(status).toBe(1);
    expect(stderr).toContain(`${stale} differs from the declarations: run \`npm run docs:configuration\``);
  });

  it('has a section for each service, and tells for each variable whether it is required', () => {
    const services = readdirSync(join(root, 'services')).filter((name) =>
      existsSync(join(root, 'services', name, 'config.ts')),
    );
    expect(services.length).toBeGreaterThan(3);
    for (const service of services) expect(text).toContain(`\n## ${service}\n`);
    expect(text).toContain('| `DATABASE_URL` or `DATABASE_URL_FILE` | **required** |');
  });

  it('does not depend on the machine that wrote it', () => {
    expect(text).toContain('| `INSTANCE_ID` | the host name |');
  });

  it('shows an exchange file as its example', () => {
    const example = text.split('```json\n').find((part) => part.startsWith('{ "tables"'));
    const file = join(scratch, 'exchange.json');
    writeFileSync(file, example?.split('```')[0] ?? '');
    expect(loadExchangeMapping(file).columns.send.destAddr).toBe('PHONE');
  });
});
