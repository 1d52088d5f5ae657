import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExchangeNames, toReportOutcome } from '../../../services/shared/exchange/exchange-names';

const fileOf = (content: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'names-')), 'exchange.json');
  writeFileSync(path, content);
  return path;
};

describe('names of the exchange tables', () => {
  it('have defaults, each of which can be changed alone', () => {
    const names = loadExchangeNames(
      fileOf('{"tables":{"send":"yjsms.MT_OUT"},"columns":{"recv":{"srcAddr":"CALLER"}}}'),
    );
    expect(names.tables).toEqual({
      send: 'yjsms.MT_OUT',
      resp: 'CLIENT_SMS_RESP',
      report: 'CLIENT_SMS_REPORT',
      recv: 'CLIENT_SMS_RECV',
    });
    expect(names.columns.recv).toMatchObject({ srcAddr: 'CALLER', content: 'CONTENT' });
    expect(names.columns.send).toEqual(loadExchangeNames().columns.send);
  });

  it.each([
    ['{"tables":{"send":"A; DROP TABLE B"}}', /tables\.send: must be a plain SQL name/],
    ['{"tables":{"sent":"A"}}', /sent/],
    [
      '{"codes":{"report":[{"pattern":"(","status":"DELIVERED","isFinal":true}]}}',
      /codes\.report\.0\.pattern: must be a regular expression/,
    ],
    ['{"tables":{"send":"1A"},"answers":"often"}', /tables\.send.*answers/],
    ['no json', /exchange\.json/],
  ])('%s is refused, naming what is wrong', (content, problem) => {
    expect(() => loadExchangeNames(fileOf(content))).toThrow(problem);
  });

  it.each([
    ['DELIVRD', 'DELIVERED', true],
    [' delivrd ', 'DELIVERED', true],
    ['EXPIRED', 'EXPIRED', true],
    ['ACCEPTD', 'SUBMITTED', false],
    ['UNDELIV', 'UNDELIVERED', true],
    ['MK:0001', 'UNDELIVERED', true],
    ['ID:0076', 'UNDELIVERED', true],
    ['UNKNOWN', 'UNKNOWN', false],
    ['SOMETHING', 'UNKNOWN', false],
    ['', 'UNKNOWN', false],
  ])('the report code %p means %s', (code, status, isFinal) => {
    expect(toReportOutcome(code, loadExchangeNames().codes)).toMatchObject({ status, isFinal });
  });

  it('an unknown code is final when configured so', () => {
    const { codes } = loadExchangeNames(fileOf('{"codes":{"unknownReportIsFinal":true}}'));
    expect(toReportOutcome('SOMETHING', codes)).toEqual({ status: 'UNKNOWN', isFinal: true });
  });
});
