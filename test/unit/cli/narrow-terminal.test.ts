import fc from 'fast-check';
import { createClock } from '../../../cli/connect/load-clock';
import { showFinding } from '../../../cli/doctor/show-finding';
import { createOutput } from '../../../cli/output/create-output';
import { cutTo, splitTo, widthOf } from '../../../cli/output/fit-columns';
import { toTable } from '../../../cli/output/to-table';
import { showReceived, showStatus } from '../../../cli/tail/show-record';
import { smsReceivedEvent, smsStatusEvent } from './sample-events';

const createPage = (columns: number | undefined, colourful = true) => {
  const stdout = { isTTY: columns !== undefined, columns } as NodeJS.WriteStream;
  const env = { FORCE_COLOR: colourful ? '1' : '0' };
  return createOutput({ json: false, env, stdout, stderr: process.stderr });
};
const narrow = createPage(80);
const pipe = createPage(undefined, false);

const clock = createClock('Asia/Shanghai');

const tooWide = (text: string): readonly string[] => text.split('\n').filter((line) => widthOf(line) > 80);

const ID = '0198c0de-7a1b-7c3d-8e4f-0123456789ab';
const CHINESE = '尊敬的客户，您本月的电费账单已出，请及时缴纳。'.repeat(6);
const WHY = 'the record has no header, and its first bytes are no schema id that the registry knows; see the runbook';

it('Chinese characters take two columns, colours and combining marks none', () => {
  expect(widthOf('停电a')).toBe(5);
  expect(widthOf('\u001b[31mred\u001b[39m e\u0301')).toBe(5);
  expect(cutTo('停电通知', 5)).toBe('停电…');
  expect(cutTo('停电通知', 8)).toBe('停电通知');
});

it('a text that is split loses nothing but spaces', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '电') }),
      fc.integer({ min: 2, max: 20 }),
      (text, columns) => {
        const pieces = splitTo(text, columns);
        expect(pieces.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const piece of pieces) expect(widthOf(piece)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

describe('a table', () => {
  const headings = ['ID', 'TIME', 'REASON', 'FROM', 'BYTES', 'WHY'];
  const rows = [
    ['0/17', '2026-12-01 08:00:00', 'UNKNOWN_SCHEMA', 'sms.received.ack/3@1234567', '2048 of 1048576', WHY],
    ['0/18', '2026-12-01 08:00:01', '停电', 'row 17 of CLIENT_SMS_RESP_HISTORY', 12, CHINESE],
    ['0/19', '2026-12-01 08:00:02', 'UNKNOWN_SCHEMA', 'sms.send/0@1', 12, ''],
  ];

  it('fits 80 columns, and says the words of its last column in full', () => {
    const text = toTable(headings, rows, narrow);
    expect(tooWide(text)).toEqual([]);
    expect(text.replaceAll(/\s/g, '')).toContain(WHY.replaceAll(' ', ''));
    expect(text.replaceAll(/\s/g, '')).toContain(CHINESE);
    expect(text).toMatch(/…/);
    expect(text).not.toMatch(/\n\s*\n/);
  });

  it('is whole in a pipe and on a wide terminal', () => {
    const text = toTable(headings, rows, pipe);
    expect(text.split('\n')).toHaveLength(4);
    expect(text).not.toContain('…');
    expect(toTable(headings, rows, createPage(500, false))).toBe(text);
  });

  it('stays as it is where it fits', () => {
    expect(toTable(['A', 'B'], [['停电', 'x']], createPage(80, false))).toBe('A     B\n停电  x');
  });
});

describe('a line of tail', () => {
  const status = smsStatusEvent({ messageId: ID, appId: 'customer-care', gatewayMessage: WHY });
  const received = smsReceivedEvent({ content: CHINESE });

  it('fits 80 columns on a terminal, and no word of it is lost', () => {
    const show = { ...narrow, clock, showNumbers: true };
    for (const text of [showStatus(status, show), showReceived(received, show)]) expect(tooWide(text)).toEqual([]);
    expect(showStatus(status, show)).toContain(ID);
    expect(showReceived(received, show).replaceAll(/\s/g, '')).toContain(CHINESE);
  });

  it('is one line in a pipe', () => {
    expect(showStatus(status, { ...pipe, clock, showNumbers: true })).not.toContain('\n');
    expect(showReceived(received, { ...pipe, clock, showNumbers: true })).not.toContain('\n');
  });
});

describe('a finding of doctor', () => {
  const command = '`sms-bridge topics create --partitions 6 --replication-factor 3 --min-in-sync-replicas 2`';
  const finding = {
    check: 'kafka: topics',
    state: 'failed',
    detail: `sms.send is missing, ${'and so on '.repeat(20)}`,
    advice: `Run ${command}, or ask who may do it, and then look again:\n      GRANT SELECT ON sms.${'x'.repeat(80)} TO relay;`,
  } as const;

  it('fits 80 columns, but for what is there to be copied', () => {
    const text = showFinding(finding, narrow);
    expect(tooWide(text)).toEqual([`      ${command},`, finding.advice.split('\n')[1]]);
  });

  it('is as it was in a pipe', () => {
    expect(showFinding({ ...finding, detail: 'sms.send is missing' }, pipe)).toBe(
      `✗ kafka: topics                sms.send is missing\n    → ${finding.advice}`,
    );
  });
});
