import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BridgeError } from '../../shared/errors';
import { lastLines, packageRoot } from './child-processes';

export type Server = { readonly address: string; readonly stop: () => Promise<void> };

/**
 * Starts a server that ends when its standard input closes, and so ends with this process even when
 * that is killed. Resolves when the server answers.
 * @param note receives progress lines, for example that something is being downloaded
 * @throws BridgeError SERVER_FAILED with the end of the server's output, or the reason of the
 * signal
 */
export const startServer = async (
  name: 'kafka' | 'postgres',
  { signal, note }: { readonly signal: AbortSignal; readonly note: (text: string) => void },
): Promise<Server> => {
  const child = spawn(process.execPath, [join(packageRoot(), 'scripts', 'servers', `${name}-server.mjs`)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  let address: string | undefined;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('fetching')) note(line);
    else said += `${line}\n`;
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await exited;
  };
  // Writing to a child that has died must not throw.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  const aborted = once(signal, 'abort').catch(() => undefined);
  const answered = once(lines, 'line').then(([line]) => {
    address = line as string;
  });
  await Promise.race([answered, exited, ...(signal.aborted ? [] : [aborted])]);
  if (signal.aborted) {
    await stop();
    signal.throwIfAborted();
  }
  if (address === undefined) throw new BridgeError('SERVER_FAILED', lastLines(said, 15) || `${name} does not start`);
  return { address, stop };
};
