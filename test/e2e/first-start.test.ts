import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, toNumbers } from '../support/demo-process';
import { waitUntil } from '../support/wait-until';

/** More of them take longer: TEST_INTERRUPTS=200 npx jest test/e2e/first-start.test.ts */
const INTERRUPTS = Number(process.env.TEST_INTERRUPTS ?? 20);
/** while packages install, and from then on to the running services */
const PHASES = [
  { share: 0.6, withinMs: 2_500 },
  { share: 0.4, withinMs: 8_000 },
] as const;

describe('the first npm start in a clone', () => {
  let scratch: string;
  let clone: string;
  /** What was started has it in its environment, children of children included. */
  let temporary: string;

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'first-start-'));
    // PostgreSQL runs as another user when this one is root.
    chmodSync(scratch, 0o755);
    clone = join(scratch, 'clone');
    temporary = join(scratch, 'tmp');
    mkdirSync(clone);
    mkdirSync(temporary);
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
    const present = files
      .toString()
      .split('\0')
      .filter((name) => name !== '' && name !== 'node_modules');
    const archive = execFileSync('tar', ['-c', '--ignore-failed-read', '-T', '-'], {
      cwd: ROOT,
      input: present.join('\n'),
      maxBuffer: 1e9,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    execFileSync('tar', ['-x'], { cwd: clone, input: archive });
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const running = (): readonly string[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const ours = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${temporary}`);
          return ours ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 150)] : [];
        } catch {
          return [];
        }
      });

  /** Runs `npm start` as a terminal does, and presses Ctrl-C after the given time. */
  const start = async (interruptAfterMs?: number, ...args: readonly string[]) => {
    const child = spawn('npm', ['start', '--', '--messages', '50', ...args], {
      cwd: clone,
      // No package may want another version of Node.
      env: { ...process.env, TMPDIR: temporary, npm_config_engine_strict: 'true' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const closed = once(child, 'close');
    if (interruptAfterMs !== undefined) {
      await Promise.race([sleep(interruptAfterMs), closed]);
      const { pid, exitCode } = child;
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGINT');
    }
    const [code] = (await closed) as [number | null];
    // a run to its end
    if (interruptAfterMs === undefined && code !== 0) throw new Error(`npm start ended with ${code}:\n${said}`);
    return said;
  };

  /** A watchdog may still be at work for a moment after the end. */
  const nothingIsLeft = async (when: string): Promise<void> => {
    const left = (): readonly string[] => [...running(), ...readdirSync(temporary)];
    await waitUntil(
      () => [when, ...left()],
      () => left().length === 0,
      12_000,
    );
  };

  it(`is interrupted at ${INTERRUPTS} random moments and leaves nothing behind; then it works`, async () => {
    for (const { share, withinMs } of PHASES) {
      for (let left = Math.round(INTERRUPTS * share); left > 0; left -= 1) {
        const afterMs = Math.round(Math.random() * withinMs);
        await start(afterMs);
        await nothingIsLeft(`interrupted after ${afterMs} ms`);
      }
      await start(undefined, '--help');
    }
    const said = await start();
    expect(toNumbers(said.trim().split('\n').at(-1)!)).toMatchObject({ published: 50, lost: 0, duplicated: 0 });
    await nothingIsLeft('at the end');
  }, 600_000);
});
