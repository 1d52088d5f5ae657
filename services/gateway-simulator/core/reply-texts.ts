/**
 * Texts that customers write: opt-outs in the usual spellings, confirmations, questions, long
 * texts, characters outside the basic plane.
 */
export const REPLY_TEXTS = [
  'TD',
  'td',
  'T',
  'ＴＤ',
  '退订',
  '收到',
  '好的，谢谢',
  'Y',
  'OK',
  '1',
  '已缴费，请核实。',
  '什么时候恢复供电？',
  '家里还是没有电，麻烦派人来看一下，地址：天河区体育西路１０３号',
  'When will the power be back?',
  '👍🏻 知道了',
  '电表读数好像不对：上个月用电２３０度，这个月突然变成了９８０度，家里并没有增加电器，请安排工作人员上门核查电表是否正常，谢谢！联系人王先生，白天都可以打电话。',
] as const;
