// The Chinese texts of integrate-words-en.mjs and of the schemas' fields.

/** [final, meaning] of each status. */
const STATUSES = {
  NEW: ['否', '`SM_SEND_T` 中尚未由接入服务发布的行'],
  QUEUED: ['否', '已在 `sms.send` 上，下行交付服务尚未登记'],
  SCHEDULED: ['否', '已登记，等待 `scheduledAt`'],
  HANDED: ['否', '已在交换表中，或已被省平台取走'],
  SUBMITTED: ['仅当 `needReport` 为 false', '网关已接受'],
  SUBMIT_FAILED: ['以 `isFinal` 为准', '网关已拒绝。`isFinal` 为 false 时网关仍可能接受；状态报告优先于任何拒绝'],
  DELIVERED: ['是', '已送达手机；长短信则为各分段全部送达'],
  UNDELIVERED: ['是', '未送达手机，见 `gatewayCode`'],
  EXPIRED: ['是', '有效期在交付之前届满，或在网关届满'],
  REJECTED: ['是', '本平台已拒绝，见 `reason`。没有原因时为网关拒绝，由 `codes.report` 的映射得出'],
  CANCELLED: ['是', '交付之前已由发送方撤销'],
  UNKNOWN: ['是', '限期内没有终态回执，见 `reason`。迟到的状态报告仍可使其变为 DELIVERED、UNDELIVERED 或 EXPIRED'],
};

/** What is wrong with a message of each reason, and what to change. */
const REJECTIONS = {
  MESSAGE_ID_INVALID: '应为 1 至 64 个 A-Z a-z 0-9 . _ : - 字符',
  APP_UNKNOWN: '没有登记过该编码的应用：请联系运维人员（`sms-bridge app add`）',
  APP_DISABLED: '应用已停用：请联系运维人员',
  RECIPIENT_INVALID: '不是电话号码、号码残缺或太短，或者属于不予发送的号码类型（`RECIPIENTS`）',
  CONTENT_EMPTY: '去除 U+0000 之后没有内容',
  CONTENT_INVALID: '含有半个字符：文本从代理对中间被截断',
  CONTENT_TOO_LONG: '超过 1000 个字符，或超过 `CONTENT_MAX`。HTTP 应答附字数；事件和表中同其他原因一样只有代码',
  CONTENT_NOT_ENCODABLE: '含有数据库字符集中没有的字符',
  EXT_CODE_INVALID: '不是数字，或连同应用自身的扩展码超过 20 位',
  PRIORITY_INVALID: '应为 0 批量、1 普通、2 高或 3 紧急',
  TIME_NOT_MILLISECONDS: '时间以秒、微秒或日期数字表示：应使用毫秒时间戳',
  SCHEDULE_INVALID: '定在 30 天以后，或时间明显不合理：立即发送则不要填写',
  VALIDITY_INVALID:
    '不晚于 `scheduledAt`（或 `createdAt`），或比其晚 72 h 以上；或 `createdAt` 比当前时间超前 24 h 以上；HTTP 应答指明是哪一项',
  CONTEXT_TOO_LONG: '超过 512 个字符',
  CONTEXT_INVALID: '含有 U+0000，或半个字符',
  CONTEXT_NOT_ENCODABLE: '含有数据库字符集中没有的字符',
};

/** [status, meaning] of the other reasons of an event. */
const OTHER_REASONS = {
  MESSAGE_ID_REUSED: ['REJECTED', '表接口：历史表中已有该标识的短信；新短信须使用新的标识'],
  MESSAGE_INVALID: ['REJECTED', '表接口：该行无法写成记录'],
  MESSAGE_REFUSED: ['REJECTED', 'Kafka 节点只拒绝这一条记录，原因见其日志'],
  ROW_UNREADABLE: ['REJECTED', '表接口：数据库无法返回该行的某个值，多半是文本从一个字符中间被截断'],
  EXPIRED: ['EXPIRED', '交付之前有效期已届满'],
  CANCELLED: ['CANCELLED', '已由发送方撤销'],
  NO_REPORT: ['UNKNOWN', '限期（REPORT_DEADLINE_HOURS）之内没有回执'],
  REPORT_CODE_UNKNOWN: ['未结束，之后 UNKNOWN', '状态报告中的状态码，`codes.report` 的任何一条规则都解释不了'],
  REPORT_NOT_FINAL: ['未结束，之后 UNKNOWN', '只收到非终态的状态报告'],
  SUBMIT_NOT_FINAL: ['未结束，之后 UNKNOWN', '网关暂时拒绝（`codes.submitTemporary`），此后再无回执'],
};

const AS_IT_IS = '改正请求';
const SAME_ID = '用同一标识重发';

/** [meaning, what the caller does] of each HTTP code that is not a message's reason. */
const HTTP_CODES = {
  KEY_MISSING: ['没有 `Authorization: Bearer <key>`', AS_IT_IS],
  KEY_INVALID: ['不是 API 密钥，或密钥已失效', '联系运维人员'],
  ACCOUNT_DISABLED: ['账号已停用', '联系运维人员'],
  ROLE_FORBIDDEN: ['该账号不属于任何应用', '使用应用的密钥'],
  RATE_LIMITED: [
    '达到密钥或其应用的限额，本次请求的短信均未发送；`limit` 指明是哪一项：[限额](#限额)',
    '按 Retry-After 等待后，用同一标识重发',
  ],
  BODY_NOT_UTF8: ['请求体不是 UTF-8', AS_IT_IS],
  BODY_NOT_JSON: ['请求体不是 JSON', AS_IT_IS],
  BODY_INVALID: ['请求体不是对象，或长度与 Content-Length 不符', AS_IT_IS],
  BODY_TOO_COMPLEX: ['超过 10 层或 20,000 个值', '拆分批次'],
  BODY_TOO_LARGE: ['超过 HTTP_BODY_LIMIT_BYTES', '拆分批次'],
  BATCH_INVALID: ['`messages` 不是 1 至 1000 条的列表', AS_IT_IS],
  MESSAGE_INVALID: ['某条短信不是 JSON 对象，或无法写成记录', AS_IT_IS],
  MESSAGE_REFUSED: ['Kafka 节点只拒绝这一条记录', '联系运维人员'],
  FIELD_UNKNOWN: ['字段不存在；`appId` 由密钥确定', AS_IT_IS],
  FIELD_REPEATED: ['同一对象中该字段出现两次：不猜测以哪一个为准', AS_IT_IS],
  FIELD_INVALID: ['字段的类型或值有误', AS_IT_IS],
  ENCODING_UNSUPPORTED: ['使用了 Content-Encoding', '不压缩发送'],
  MEDIA_TYPE_UNSUPPORTED: ['不是 `application/json`', AS_IT_IS],
  IDEMPOTENCY_KEY_INVALID: ['不是 1 至 255 个可见 ASCII 字符', AS_IT_IS],
  IDEMPOTENCY_KEY_REUSED: ['该值已用于其他请求体，或其短信未发送即已结束', '新短信须使用新的值'],
  MESSAGE_ID_REUSED: ['该标识已用于其他短信，或其短信未发送即已结束', '新短信须使用新的标识'],
  MESSAGE_UNKNOWN: ['本应用没有该标识的短信；刚刚发布的可能尚未登记', '稍后再查，或用 `?ahead=true` 撤销'],
  TOO_LATE: ['短信已交付或已结束', '无法撤销'],
  CURSOR_INVALID: ['`after` 既不是 `next` 的值，也不是时间', AS_IT_IS],
  RECEIVED_UNKNOWN: ['本应用没有该标识的上行短信', AS_IT_IS],
  ROUTE_UNKNOWN: ['该方法和地址没有对应的接口', '见 `/openapi.json`'],
  METHOD_NOT_ALLOWED: ['该地址只接受其他方法，见 Allow', '见 `/openapi.json`'],
  METHOD_UNKNOWN: ['没有地址接受该方法', AS_IT_IS],
  ADDRESS_INVALID: ['地址无法解码', AS_IT_IS],
  ADDRESS_TOO_LONG: ['地址太长', AS_IT_IS],
  HEADERS_TOO_LARGE: ['超过 HTTP_HEADER_LIMIT_BYTES，或多于 100 个请求头', AS_IT_IS],
  REQUEST_TIMEOUT: ['请求未在 HTTP_REQUEST_TIMEOUT_MS 之内到达', SAME_ID],
  EXPECTATION_UNSUPPORTED: ['Expect 请求头不是 100-continue', AS_IT_IS],
  REQUEST_INVALID: ['不是合法的 HTTP 请求', AS_IT_IS],
  UNCONFIRMED: ['Kafka 未及时确认：`messageIds` 所列的短信可能已在发送途中，也可能没有', SAME_ID],
  MESSAGE_BUSY: ['此刻数据库的另一会话占有该短信', SAME_ID],
  OVERLOADED: ['Kafka 无法连接，或等待它的短信过多；本次请求的短信均未发送', '按 Retry-After 等待后，用同一标识重发'],
  UNAVAILABLE: ['Kafka 或数据库没有应答，见 Retry-After', SAME_ID],
  INTERNAL: ['意外错误，已记入日志', SAME_ID],
};

/** What the schemas' docs say of each field. */
const FIELDS = {
  SmsSend: {
    messageId:
      '保证“只发送一次”的标识：1-64 个 A-Za-z0-9._:- 字符，建议使用 UUIDv7。同一标识再次发布绝不会重复发送。只在所属应用（appId）内有意义。有误：MESSAGE_ID_INVALID。',
    appId: '应用编码，以 LOGIN_USER 中登记的为准。有误：APP_UNKNOWN、APP_DISABLED。',
    to: '接收号码（MSISDN）：本国号码带不带 +、00 或国家码均可，外国号码须带 + 或 00；不能是服务短号（95598、10086）。统一转换为 E.164 数字。有误：RECIPIENT_INVALID。',
    content:
      '正文，去除 U+0000 之后 1-1000 个字符（上限可配置）。有误：CONTENT_EMPTY、CONTENT_TOO_LONG（HTTP 应答附字数）、CONTENT_NOT_ENCODABLE（附第一个不在数据库字符集中的字符）。',
    extCode: '附加在应用自身扩展码之后的子扩展码：数字，合计不超过 20 位。有误：EXT_CODE_INVALID。',
    priority: '0 批量，1 普通，2 高，3 紧急。只转交省平台：本平台不会因此先行交付。有误：PRIORITY_INVALID。',
    needReport: '是否需要状态报告；不需要时 SUBMITTED 即为终态。',
    scheduledAt: '不早于该时间发送（毫秒时间戳，UTC）；至多提前 30 天。有误：SCHEDULE_INVALID。',
    expiresAt:
      '不晚于该时间发送（毫秒时间戳，UTC）；默认为 createdAt（或 scheduledAt）+ 24 h，至多为其后 72 h。有误：VALIDITY_INVALID；时间已过：终态 EXPIRED。',
    createdAt: '业务系统生成该短信的时间（毫秒时间戳，UTC）。',
    context:
      '业务系统自用的附加信息，至多 512 个字符，在每个状态中原样返回。有误：CONTEXT_TOO_LONG、CONTEXT_NOT_ENCODABLE。',
  },
  SmsStatus: {
    eventId: '由事件的对象（表、行的标识、分段）得出的 UUIDv5：重复的事件取值相同。',
    messageId: '短信标识；无法匹配的回执为网关自己的标识加前缀 gateway:（此时 matched 为 false）。',
    appId: '短信所属的应用；无法匹配时为 null。',
    to: '接收号码，E.164 数字；未知时为 null。',
    status:
      '该事件之后短信的状态，只会前进：状态报告之后才到的提交结果仍以 DELIVERED 发布，因此同一键的最新记录绝不会是旧状态。UNKNOWN（限期内没有状态报告）仍可变为 DELIVERED、UNDELIVERED 或 EXPIRED；其他终态不再改变。',
    isFinal: '短信已有结果时为 true：预期不再有新的状态。',
    matched: '网关回执所涉短信在本平台查不到时为 false。',
    reason: 'REJECTED、EXPIRED 等状态的稳定原因代码，由本平台给出，例如 RECIPIENT_INVALID。',
    gatewayCode: '该事件的结果码或状态码，网关原文，与 status 无关。',
    gatewayMessage: '该事件的说明，网关原文。',
    gatewayMessageId: '网关给出的短信标识，原文。',
    partNo: '该事件所涉的长短信分段，从 1 起计。',
    partCount: '短信的分段数，已知时填写。',
    occurredAt: '事件发生的时间，以网关时钟为准（毫秒时间戳，UTC）。',
    recordedAt: '本平台登记的时间（毫秒时间戳，UTC）。',
    context: '短信自带的附加信息，原样返回。',
  },
  SmsReceived: {
    receivedId: '由其来源行得出的 UUIDv5：重复的短信取值相同。',
    from: '发送号码，E.164 数字；短号照录。',
    to: '用户回复到的接入号 + 扩展码，照录。',
    extCode: '所路由到的应用的扩展码（最长匹配）；都不匹配时为 null。',
    appId: '所路由到的应用；都不匹配时为 null，仍然照常发布。',
    content: '短信正文。',
    receivedAt: '网关收到的时间（毫秒时间戳，UTC）。',
    recordedAt: '本平台登记的时间（毫秒时间戳，UTC）。',
    attempt: '首次投递为 1；大于它表示因没有确认而再次投递。',
  },
  SmsReceivedAck: {
    receivedId: 'SmsReceived 的 receivedId。',
    appId: '已将其入库的应用。',
    processedAt: '入库的时间（毫秒时间戳，UTC）。',
  },
};

export const CHINESE = {
  statuses: STATUSES,
  rejections: REJECTIONS,
  otherReasons: OTHER_REASONS,
  httpCodes: HTTP_CODES,
  fields: FIELDS,
  heads: {
    field: ['字段', '类型', '默认值', '含义'],
    status: ['状态', '是否出现在 `sms.status`', '终态', '含义'],
    rejection: ['原因', '字段', '问题所在'],
    otherReason: ['原因', '状态', '含义'],
    http: ['状态码', '`error.code`', '含义', '调用方'],
    record: ['记录', '主题', '键', '第 1 版的头部'],
  },
  yes: '是',
  no: '否',
  required: '**必填**',
  orNull: '，可为 null',
  comma: '、',
  recipient: '接收号码',
  sender: '发送号码',
  rejectionsFollow: '不符合约定的短信以 REJECTED 结束；HTTP 则以 400 返回同样的代码：',
  otherReasonsFollow: '其他原因：',
};
