import { toGatewayKey } from '../../../shared/ledger/gateway-key';

describe('the common key of the spellings of a gateway id', () => {
  it.each([
    ['00aB1', 'AB1'],
    ['AB1', 'AB1'],
    ['10', '10'],
    ['ß0ı', 'ß0ı'],
    ['äa', 'äA'],
    ['000', null],
    ['-', null],
    ['null', null],
    ['(NULL)', null],
    ['None', null],
    ['n/a', null],
    ['undefined', null],
    ['0x00', null],
    ['00000000-0000-0000-0000-000000000000', null],
    ['0.0', null],
    ['NULLA1', 'NULLA1'],
    ['0x1F', 'X1F'],
    ['-1', null],
    ['-01', null],
    ['unknown', null],
    ['-12', '-12'],
    ['UNKNOWN7', 'UNKNOWN7'],
    ['短', '短'],
    ['', null],
    [null, null],
  ])('is for %s: %s', (id, key) => {
    expect(toGatewayKey(id)).toBe(key);
  });
});
