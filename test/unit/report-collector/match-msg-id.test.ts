import {
  completeCutIds,
  createFindByMsgId,
  selectCutIds,
  toMsgIds,
} from '../../../services/report-collector/core/match-msg-id';
import { toMsgId } from '../../../shared/sms/msg-id';

const NOW = Date.UTC(2026, 10, 30);
const ID = toMsgId(NOW * 1000, Uint8Array.from([3, 1, 4, 1, 5, 9, 2, 6, 5]), 0);
const rows = (...msgIds: (string | null)[]) => msgIds.map((msgId) => ({ msgId }));

describe('a MSG_ID as the province returns it', () => {
  const find = createFindByMsgId([{ msgId: ID }, { msgId: 'Bill-1' }, { msgId: 'BILL-1' }]);

  it.each([
    ['unchanged', ID, ID],
    ['padded', `${ID}    `, ID],
    ['in lower case', ID.toLowerCase(), ID],
    ['the exact one before one in capitals', 'Bill-1', 'Bill-1'],
    ['in capitals', 'bill-1', 'BILL-1'],
    ['unknown', 'bill-2', undefined],
    ['nothing', '  ', undefined],
    ['null', null, undefined],
  ])('is found %s', (_, msgId, expected) => {
    expect(find({ msgId })?.msgId).toBe(expected);
  });

  it('asks for every spelling once', () => {
    expect(toMsgIds(rows(' a ', 'A', null, 'a'))).toEqual(['a', 'A']);
  });

  it('means the only id with this beginning when it is cut, and none of two', () => {
    const cut = selectCutIds(rows(ID.slice(0, 16), 'bill-1', `${ID.slice(0, 13).toLowerCase()} `), NOW);
    expect(cut).toEqual([ID.slice(0, 16), ID.slice(0, 13)]);
    const other = `${ID.slice(0, 13)}ZZZZZZZ`;
    expect([...completeCutIds(cut, [ID])]).toEqual([
      [ID.slice(0, 16), ID],
      [ID.slice(0, 13), ID],
    ]);
    const completed = completeCutIds(cut, [ID, other, `${ID.slice(0, 16)}-longer-than-ours`]);
    expect([...completed]).toEqual([[ID.slice(0, 16), ID]]);
    const findCut = createFindByMsgId([{ msgId: ID }], completed);
    expect(findCut({ msgId: ID.slice(0, 16) })?.msgId).toBe(ID);
    expect(findCut({ msgId: ID.slice(0, 13) })).toBeUndefined();
  });
});
