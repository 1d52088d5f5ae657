import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serviceVariables } from '../../shared/config/service-variables';
import { loadComposeFile, root } from './compose-file';

type Step = { readonly instruction: string; readonly rest: string };

const steps: readonly Step[] = readFileSync(join(root, 'Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ instruction: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }));

const ignore = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
const inContext = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));

/** The sources and the target of each COPY from the context. */
const copies = steps
  .filter(({ instruction, rest }) => instruction === 'COPY' && !rest.startsWith('--from'))
  .map(({ rest }) => rest.split(' '))
  .map((words) => ({ sources: words.slice(0, -1), target: words.at(-1)! }));

const lastStage = steps.slice(steps.map(({ instruction }) => instruction).lastIndexOf('FROM'));
const lastWordsOf = (instruction: string): string =>
  lastStage.find((step) => step.instruction === instruction)?.rest ?? '';

describe('Dockerfile', () => {
  it('copies only files that exist in the context', () => {
    const sources = copies.flatMap((copy) => copy.sources);
    expect(sources).toEqual(expect.arrayContaining(['package.json', 'shared', 'services', 'schemas']));
    for (const source of sources) {
      expect([source, existsSync(join(root, source))]).toEqual([source, true]);
      expect(inContext).toContain(source);
    }
  });

  it('keeps everything else out of the context: no secrets, no history, no node_modules of this machine', () => {
    expect(ignore.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))).toEqual(['*']);
    expect([...inContext].sort()).toEqual([...new Set(copies.flatMap(({ sources }) => sources))].sort());
  });

  it('runs only programs that exist', () => {
    const programs = steps
      .filter(({ instruction }) => instruction === 'RUN')
      .flatMap(({ rest }) => [...rest.matchAll(/\bnode (\S+)/g)].map(([, path]) => path!));
    expect(programs.length).toBeGreaterThan(0);
    for (const path of programs) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });

  it('runs as an ordinary user, with production packages only', () => {
    expect(lastWordsOf('USER')).toBe('node');
    expect(steps.some(({ instruction, rest }) => instruction === 'RUN' && rest.includes('--omit=dev'))).toBe(true);
    expect(lastStage.filter(({ rest }) => rest.startsWith('--from=build'))).toEqual([
      { instruction: 'COPY', rest: '--from=build /app/dist ./dist' },
    ]);
  });

  it('lets probes in from outside of the container', () => {
    expect(lastStage).toContainEqual({ instruction: 'ENV', rest: 'HEALTH_HOST=0.0.0.0' });
    expect(lastWordsOf('EXPOSE').split(' ')).toContain(serviceVariables.HEALTH_PORT.default);
  });

  describe('in its last stage', () => {
    let image: string;
    beforeAll(() => {
      image = mkdtempSync(join(tmpdir(), 'image-'));
      for (const { instruction, rest } of lastStage) {
        const [first = '', second = '', third = ''] = rest.split(' ');
        if (instruction !== 'COPY') continue;
        if (rest.startsWith('--from=dependencies')) symlinkSync(join(root, 'node_modules'), join(image, third));
        else if (rest.startsWith('--from=build')) copy(join(root, second.replace('/app/', '')), join(image, third));
        else copy(join(root, first), join(image, second, second === './' ? first : ''));
      }
    });
    afterAll(() => rmSync(image, { recursive: true }));

    const copy = (from: string, to: string): void => {
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true });
    };
    const run = (args: readonly string[]) =>
      spawnSync(process.execPath, args, { cwd: image, encoding: 'utf8', env: { PATH: process.env.PATH } });

    it.each(
      Object.entries(loadComposeFile().services).flatMap(([name, { build, command }]) =>
        build === undefined ? [] : [[name, command![0]!] as const],
      ),
    )('holds the files that %s needs to start', (_name, program) => {
      const { status, stdout, stderr } = run([program, '--help']);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout.length).toBeGreaterThan(100);
    });

    it('holds the schemas where the codecs look for them', () => {
      const script = `require('./dist/shared/avro/open-codecs').openCodecs().then((codecs) => console.log(Object.keys(codecs).length > 3))`;
      expect(run(['--eval', script])).toMatchObject({ status: 0, stdout: 'true\n' });
      expect(readdirSync(join(image, 'schemas')).length).toBeGreaterThan(3);
    });
  });
});
