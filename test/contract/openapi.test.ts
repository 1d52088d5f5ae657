import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { describeHttp } from '../../services/producer/http/describe-http';
import { ROOT, readDocument } from '../support/documents';

const FILE = 'docs/openapi.json';

type Examples = { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };

type Operation = {
  readonly operationId?: string;
  readonly requestBody?: { readonly content: { readonly 'application/json': Examples } };
  readonly responses: Readonly<Record<string, { description: string }>>;
};
type Openapi = {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>> };
};

const document = JSON.parse(readDocument(FILE).text) as Openapi;
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

/** The rows of a table that docs/integrate.md is written with: [first cell, second cell]. */
const rowsOf = (block: string): readonly (readonly [string, string])[] => {
  const text = new RegExp(`<!-- ${block}: [\\s\\S]*?<!-- end -->`).exec(readDocument('docs/integrate.md').text)?.[0];
  return [...(text ?? '').matchAll(/^\| `?(\w+)`? \| `(\w+)` \|/gm)].map(([, first, second]) => [first!, second!]);
};

describe(FILE, () => {
  it('matches the routes', async () => {
    expect(readDocument(FILE).text).toBe(`${JSON.stringify(await describeHttp(), null, 2)}\n`);
  });

  it('is reported as stale when a route is missing', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'openapi-'));
    const { '/v1/received': _, ...paths } = document.paths;
    const stale = join(scratch, 'stale.json');
    writeFileSync(stale, JSON.stringify({ ...document, paths }));
    const script = join(ROOT, 'scripts', 'docs', 'openapi.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check', stale], { encoding: 'utf8' });
    rmSync(scratch, { recursive: true });
    expect(status).toBe(1);
    expect(stderr).toContain(`${stale} is not what the routes say: run \`npm run docs:openapi\``);
  });

  it('names each operation, for generators', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names).toEqual([...new Set(names)].filter(Boolean));
    expect(names).toContain('sendMessages');
  });

  it('has the codes of docs/integrate.md, each with its status', () => {
    const inTables = [
      ...rowsOf('http').map(([status, code]) => `${status} ${code}`),
      ...[...readDocument('docs/integrate.md').text.matchAll(/^\| `(\w+)` \| (?:`\w+`(?:, )?)+ \|/gm)].map(
        ([, code]) => `400 ${code}`,
      ),
    ];
    const inRoutes = operations.flatMap(({ responses }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .flatMap(([status, { description }]) => description.split(', ').map((code) => `${status} ${code}`)),
    );
    const ofAny = [...document.info.description.matchAll(/\b[45]\d\d [A-Z_]+/g)].map(([code]) => code);
    expect([...new Set([...inRoutes, ...ofAny])].sort()).toEqual([...new Set(inTables)].sort());
  });

  it('has examples that fit their schemas', () => {
    const ajv = addFormats(new Ajv2020({ strict: false }));
    ajv.addSchema({ ...document, $id: 'openapi' });
    const shown = Object.entries(document.components.schemas).flatMap(([name, { examples = [] }]) =>
      examples.map((example) => [name, example] as const),
    );
    expect(shown.length).toBeGreaterThan(6);
    const { examples } = document.paths['/v1/messages']!.post!.requestBody!.content['application/json'];
    shown.push(['Message', examples.message!.value], ['MessageBatch', examples.batch!.value]);
    const wrong = shown.filter(([name, example]) => !ajv.validate(`openapi#/components/schemas/${name}`, example));
    expect(wrong).toEqual([]);
  });
});
