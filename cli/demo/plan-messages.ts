import type { SmsSend } from '../../shared/avro/records';

/** The end that a published message must have. */
export type Expectation =
  | { readonly kind: 'sent' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

export type Entrance = 'kafka' | 'http' | 'table';

export type PlannedMessage = {
  readonly id: string;
  readonly entrance: Entrance;
  readonly expectation: Expectation;
  /** The sender publishes it a second time, as after a timeout. */
  readonly twice: boolean;
  readonly message: SmsSend;
};

export type PlanRequest = {
  readonly count: number;
  /** beginning of each id, different for each run */
  readonly run: string;
  readonly now: number;
  /** end of the validity of the good messages, epoch ms */
  readonly validUntil: number;
  /** registered applications; the first sends in all three ways, the others on sms.send */
  readonly apps: readonly string[];
};

const TEXTS = [
  '【电费通知】您10月电费为186.40元，请于15日前缴纳。',
  '停电通知：明日8时至12时您所在区域计划检修，请提前做好准备。',
  '您所在区域已恢复供电，感谢您的耐心等待。',
  '您的电费余额不足20元，请及时缴费，以免影响用电。',
  '您的验证码为582014，5分钟内有效，请勿告知他人。',
  '【生产】3号主变温度告警已解除，值班人员请确认。',
] as const;

const TOO_LONG = '长'.repeat(1001);

/** Invalid messages: the reason that their sender must get, and the changed fields. */
const BAD: readonly (readonly [string, Partial<SmsSend>])[] = [
  ['RECIPIENT_INVALID', { to: 'reception desk' }],
  ['APP_UNKNOWN', { appId: 'nobody' }],
  ['CONTENT_TOO_LONG', { content: TOO_LONG }],
  ['CONTENT_EMPTY', { content: '' }],
  ['PRIORITY_INVALID', { priority: 9 }],
  ['EXT_CODE_INVALID', { extCode: 'A1' }],
];

/** Indexes in `BAD`: a table has types, and HTTP takes the application from the key. */
const BAD_AT: { readonly [E in Entrance]: readonly number[] } = {
  kafka: [0, 1, 2, 3, 4, 5],
  http: [0, 2, 4],
  table: [0],
};

/** Reasons of the bytes that are published on sms.send in place of a record. */
const UNREADABLE = ['JSON_NOT_AVRO', 'UNKNOWN_FRAMING', 'MALFORMED', 'UNKNOWN_SCHEMA'] as const;

const entranceOf = (index: number): Entrance => (['http', 'table'] as const)[index % 8] ?? 'kafka';

/**
 * One message in this many is special. No number shares a divisor with the 8 of the entrances, so
 * each kind meets each entrance.
 */
const EVERY = { bad: 67, expired: 91, unreadable: 401, scheduled: 17, twice: 23 } as const;

const isEvery = (index: number, kind: keyof typeof EVERY): boolean => index % EVERY[kind] === EVERY[kind] - 1;

type Special = { readonly kind: 'unreadable' | 'expired' | 'bad'; readonly nth: number } | undefined;

/**
 * Returns the special kind of a message. The first 45 messages contain every kind on sms.send, so
 * that the smallest demo has them all.
 */
const specialOf = (index: number, entrance: Entrance): Special => {
  const eighth = Math.floor(index / 8);
  if (index % 8 === 2 && eighth < UNREADABLE.length) return { kind: 'unreadable', nth: eighth };
  if (index === 3) return { kind: 'expired', nth: 0 };
  if (index % 8 === 4 && eighth < BAD.length) return { kind: 'bad', nth: eighth };
  const due = (['bad', 'expired', 'unreadable'] as const).find((kind) => isEvery(index, kind));
  if (due === undefined || (due !== 'bad' && entrance !== 'kafka')) return undefined;
  return { kind: due, nth: Math.floor(index / EVERY[due]) };
};

const expectationOf = (index: number, entrance: Entrance): readonly [Expectation, Partial<SmsSend>] => {
  const special = specialOf(index, entrance);
  if (special === undefined) return [{ kind: 'sent' }, {}];
  const { kind, nth } = special;
  if (kind === 'expired') return [{ kind }, {}];
  if (kind === 'unreadable') return [{ kind, reason: UNREADABLE[nth % UNREADABLE.length]! }, {}];
  const possible = BAD_AT[entrance];
  const [reason, change] = BAD[possible[nth % possible.length]!]!;
  return [{ kind: 'rejected', reason }, change];
};

const MINUTE_MS = 60_000;

const planOne = (index: number, { run, now, validUntil, apps }: PlanRequest): PlannedMessage => {
  const entrance = entranceOf(index);
  const [expectation, change] = expectationOf(index, entrance);
  const id = `${run}-${String(index + 1).padStart(6, '0')}`;
  const past = expectation.kind === 'expired';
  const scheduled = expectation.kind === 'sent' && isEvery(index, 'scheduled');
  const app = entrance === 'kafka' ? apps[index % apps.length] : apps[0];
  return {
    id,
    entrance,
    expectation,
    // An unreadable record never gets in, so a second copy would show nothing. The key of the table
    // refuses a second copy at once.
    twice: entrance !== 'table' && expectation.kind !== 'unreadable' && isEvery(index, 'twice'),
    message: {
      messageId: id,
      appId: app ?? '',
      to: `139${String(10_000_000 + ((index * 7919) % 89_999_999)).slice(0, 8)}`,
      content: TEXTS[index % TEXTS.length]!,
      extCode: null,
      priority: index % 4,
      needReport: true,
      scheduledAt: scheduled ? now + 3000 + (index % 4) * 500 : null,
      expiresAt: past ? now - MINUTE_MS : validUntil,
      createdAt: past ? now - 2 * MINUTE_MS : now,
      context: `order ${index + 1}`,
      ...change,
    },
  };
};

/**
 * Plans the demo's messages: most on sms.send, an eighth each over HTTP and by the table. Some are
 * wrong on purpose, some expired, some scheduled, some published twice. Pure.
 */
export const planMessages = (request: PlanRequest): readonly PlannedMessage[] =>
  Array.from({ length: request.count }, (_, index) => planOne(index, request));

/** Returns the bytes of an unreadable message, made from its correct bytes. Pure. */
export const toUnreadable = (reason: string, id: string, good: Buffer): Buffer => {
  if (reason === 'JSON_NOT_AVRO') return Buffer.from(JSON.stringify({ messageId: id, to: '13800138000' }));
  if (reason === 'UNKNOWN_FRAMING') return Buffer.from(`SMS ${id} in a format of our own`);
  if (reason === 'MALFORMED') return good.subarray(0, good.length - 3);
  const strange = Buffer.from(good);
  // The schema's fingerprint: 8 bytes that follow the 2-byte marker of Avro's single-object
  // encoding.
  strange.fill(0xee, 2, 10);
  return strange;
};
