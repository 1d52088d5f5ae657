import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineConfig,
  describeConfig,
  flag,
  integer,
  list,
  loadConfig,
  oneOf,
  optional,
  text,
} from '../../../shared/config/define-config';

const definition = defineConfig('thing', 'does things.', {
  URL: text({ doc: 'Where.', secret: true }),
  PORT: integer({ doc: 'Port.', default: '80', min: 1, max: 65535 }),
  TLS: flag({ doc: 'Encrypt.', default: 'false' }),
  HOSTS: list({ doc: 'Hosts.', default: 'a:1' }),
  MODE: optional(oneOf(['x', 'y'], { doc: 'Mode.' })),
});

describe('configuration', () => {
  it('is read completely, with defaults', () => {
    expect(loadConfig(definition, { URL: 'u', TLS: 'yes', HOSTS: 'a:1, b:2,' })).toEqual({
      URL: 'u',
      PORT: 80,
      TLS: true,
      HOSTS: ['a:1', 'b:2'],
    });
  });

  it('reports all problems at once, by name, and never repeats a secret', () => {
    const load = () => loadConfig(definition, { PORT: '0', TLS: 'maybe', HOSTS: ',', MODE: 'z' });
    expect(load).toThrow(/5 problem\(s\)/);
    for (const name of ['URL', 'PORT', 'TLS', 'HOSTS', 'MODE']) expect(load).toThrow(new RegExp(`${name}: `));
    const short = defineConfig('thing', '', { KEY: integer({ doc: 'Key.', secret: true }) });
    expect(() => loadConfig(short, { KEY: 'hunter2' })).toThrow(/KEY: must be a whole number/);
    expect(() => loadConfig(short, { KEY: 'hunter2' })).not.toThrow(/hunter2/);
  });

  it('takes a secret from a file, and refuses two sources', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'url');
    writeFileSync(path, 'from-file\n');
    expect(loadConfig(definition, { URL_FILE: path }).URL).toBe('from-file');
    expect(() => loadConfig(definition, { URL: 'u', URL_FILE: path })).toThrow(/either URL or URL_FILE/);
    expect(() => loadConfig(definition, { URL_FILE: `${path}.none` })).toThrow(/URL_FILE: cannot read/);
  });

  it('describes every variable', () => {
    const help = describeConfig(definition);
    for (const [name, { doc }] of Object.entries(definition.variables)) {
      expect(help).toContain(name);
      expect(help).toContain(doc);
    }
    expect(help).toContain('URL (required, or URL_FILE)');
  });
});
