import { createNameCodes } from '../../../services/report-collector/core/name-codes';

describe('unknown codes', () => {
  it('are named once each, in a form for the log', () => {
    const said: (readonly string[])[] = [];
    const name = createNameCodes((codes) => said.push(codes));
    name(['ZZ:9999', 'ZZ:9999', 'A1']);
    name(['A1']);
    name(['to 13800138000: 您的验证码', 'B']);
    expect(said).toEqual([
      ['ZZ:9999', 'A1'],
      ['to #: ?????', 'B'],
    ]);
  });

  it('do not fill the memory', () => {
    let named = 0;
    const name = createNameCodes((codes) => {
      named += codes.length;
    });
    for (let no = 0; no < 1000; no += 1) name([`code ${no}`, `other ${no}`]);
    expect(named).toBe(200);
  });
});
