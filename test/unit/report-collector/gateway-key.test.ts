import { toGatewayKey } from '../../../services/report-collector/core/gateway-key';

describe('what the spellings of one gateway id have in common', () => {
  it.each([
    ['00aB1', 'AB1'],
    ['AB1', 'AB1'],
    ['10', '10'],
    ['ß0ı', 'ß0ı'],
    ['äa', 'äA'],
    ['000', null],
    ['', null],
    [null, null],
  ])('%s: %s', (id, key) => {
    expect(toGatewayKey(id)).toBe(key);
  });
});
