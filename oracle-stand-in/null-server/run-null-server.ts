import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { NULL_SERVICE, type NullAnswer, serveNullSession } from './serve-null-session';

/**
 * Runs the null server as a process. Its first line of input is the JSON of the answers. It then
 * prints its connect string, and for each further line the calls since the previous one. It ends
 * when its input closes.
 */
const main = async (): Promise<void> => {
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  const answers = JSON.parse((await lines.next()).value ?? '[]') as NullAnswer[];
  let calls: string[] = [];
  const server = createServer((socket) => serveNullSession(socket, answers, (call) => void calls.push(call)));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    process.stdout.write(`127.0.0.1:${port}/${NULL_SERVICE}\n`);
  });
  while (!(await lines.next()).done) {
    process.stdout.write(`${JSON.stringify(calls)}\n`);
    calls = [];
  }
  process.exit(0);
};

void main();
