import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMessages } from '../../recording/read-messages';
import { MessageTooShort } from '../../wire/byte-reader';

const { messages } = JSON.parse(readFileSync(join(__dirname, 'recorded-session.json'), 'utf8')) as {
  messages: string[];
};
const recorded = messages.map((line) => Buffer.from(line, 'hex'));

describe('a recorded session of the driver', () => {
  const read = readMessages(recorded);

  it('is read to its last byte', () => {
    expect(read.filter(({ left }) => left !== 0)).toEqual([]);
  });

  it('contains the calls that were made', () => {
    expect(read.map(({ call }) => call)).toEqual([
      ...['protocol', 'dataTypes', 'authPhaseOne', 'authPhaseTwo', 'ping'],
      ...[
        'execute',
        'execute',
        'reexecute',
        'execute',
        'execute',
        'fetch',
        'fetch',
        'reexecuteAndFetch',
        'fetch',
        'fetch',
      ],
      // a LOB: described, requested as a string, fetched
      ...['execute', 'execute', 'fetch', 'execute', 'commit', 'execute', 'reexecute', 'execute', 'rollback', 'logoff'],
    ]);
  });

  it('contains the statements, binds and values', () => {
    const inserts = read.find(({ sql }) => String(sql).startsWith('INSERT'));
    expect(inserts).toMatchObject({
      executions: 2,
      rows: [
        ['1', 'one', '300 characters', '2026-11-24 13:14:15.678000'],
        ['2', null, null, null],
      ],
    });
    expect(inserts?.binds).toMatchObject([
      { type: 2 },
      { type: 1, maxSize: 80 },
      { type: 1, maxSize: 40_000 },
      { type: 180 },
    ]);
    expect(read.find(({ call }) => call === 'reexecute')).toMatchObject({
      rows: [['3', '停电', 'short', '2026-11-24 13:14:15.678000']],
    });
    expect(read.find(({ sql }) => String(sql).startsWith('UPDATE'))).toMatchObject({
      rowCounts: true,
      executions: 2,
      rows: [
        ['a', '1'],
        ['b', '9'],
      ],
    });
    expect(read.find(({ sql }) => String(sql).includes('SKIP LOCKED'))).toMatchObject({
      fetchRows: 5,
      piggybacks: [{ kind: 'endToEnd', attributes: { clientIdentifier: 'client', module: 'module' } }],
    });
  });

  it('is not read beyond its end', () => {
    const cut = recorded.map((message, at) => (read[at]?.call === 'execute' ? message.subarray(0, -1) : message));
    expect(() => readMessages(cut)).toThrow(MessageTooShort);
  });
});
