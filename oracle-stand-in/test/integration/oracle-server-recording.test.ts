import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessages } from '../../recording/read-messages';
import { recordedCalls } from '../../recording/recorded-calls';
import { splitMessages } from '../../recording/split-messages';
import { openTestOracle } from '../../test-oracle';

process.env.TZ = 'UTC';
jest.setTimeout(120_000);

const FIXTURE = join(__dirname, '..', 'unit', 'recorded-session.json');

type Recording = { readonly driver: string; readonly messages: readonly string[] };

const isLogIn = (call: string): boolean => call.startsWith('auth');

describe('what the driver sends', () => {
  it('matches the recording; a new version of the driver shows its changes here', async () => {
    const sent: Buffer[] = [];
    const oracle = await openTestOracle({ arrived: (_session, bytes) => void sent.push(Buffer.from(bytes)) });
    await recordedCalls(oracle.connectString);
    await oracle.drop();
    const messages = splitMessages(Buffer.concat(sent));
    const { version } = JSON.parse(readFileSync(require.resolve('oracledb/package.json'), 'utf8')) as {
      version: string;
    };
    if (process.env.RECORD === '1') {
      const recording: Recording = { driver: version, messages: messages.map((message) => message.toString('hex')) };
      writeFileSync(FIXTURE, `${JSON.stringify(recording, null, 2)}\n`);
    }
    const { messages: lines } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Recording;
    const recorded = lines.map((line) => Buffer.from(line, 'hex'));
    expect(readMessages(messages)).toEqual(readMessages(recorded));
    const comparable = (all: readonly Buffer[]): string[] =>
      all.filter((_, at) => !isLogIn(readMessages(recorded)[at]?.call ?? '')).map((message) => message.toString('hex'));
    expect(comparable(messages)).toEqual(comparable(recorded));
  });
});
