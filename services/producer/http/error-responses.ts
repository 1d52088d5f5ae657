import type { z } from 'zod';
import type { SendProblemCode } from '../../../shared/sms/validate-send';
import { errorSchema } from './http-schemas';

type Codes = Readonly<Record<number, readonly string[]>>;

declare module 'fastify' {
  interface FastifySchema {
    /** the codes of each status other than 2xx, for `/openapi.json` */
    codes?: Codes;
  }
}

/** Why a message breaks the contract. The type makes the list complete. */
const PROBLEMS: Readonly<Record<SendProblemCode, true>> = {
  MESSAGE_ID_INVALID: true,
  APP_UNKNOWN: true,
  APP_DISABLED: true,
  RECIPIENT_INVALID: true,
  CONTENT_EMPTY: true,
  CONTENT_INVALID: true,
  CONTENT_TOO_LONG: true,
  CONTENT_NOT_ENCODABLE: true,
  EXT_CODE_INVALID: true,
  PRIORITY_INVALID: true,
  TIME_NOT_MILLISECONDS: true,
  SCHEDULE_INVALID: true,
  VALIDITY_INVALID: true,
  CONTEXT_TOO_LONG: true,
  CONTEXT_INVALID: true,
  CONTEXT_NOT_ENCODABLE: true,
};

export const SEND_PROBLEMS = Object.keys(PROBLEMS);

/** What a body with messages can be refused for, beside its messages. */
export const BODY_PROBLEMS = [
  'BODY_NOT_UTF8',
  'BODY_NOT_JSON',
  'BODY_INVALID',
  'BODY_TOO_COMPLEX',
  'BATCH_INVALID',
  'MESSAGE_INVALID',
  'MESSAGE_REFUSED',
  'FIELD_UNKNOWN',
  'FIELD_REPEATED',
  'FIELD_INVALID',
  'IDEMPOTENCY_KEY_INVALID',
];

/** What every request below `/v1` can end with. */
const COMMON: Codes = {
  400: ['REQUEST_INVALID'],
  401: ['KEY_MISSING', 'KEY_INVALID', 'ACCOUNT_DISABLED'],
  403: ['ROLE_FORBIDDEN'],
  408: ['REQUEST_TIMEOUT'],
  417: ['EXPECTATION_UNSUPPORTED'],
  429: ['RATE_LIMITED'],
  431: ['HEADERS_TOO_LARGE'],
  500: ['INTERNAL'],
  503: ['UNAVAILABLE'],
};

/** What a request with an id in its address can end with, too. */
export const ADDRESS_PROBLEMS: Codes = { 400: ['ADDRESS_INVALID'], 414: ['ADDRESS_TOO_LONG'] };

/**
 * Returns the part of a route's schema about its responses: those of success, and those of the
 * errors that it can end with.
 */
export const responses = <S extends Readonly<Record<number, z.ZodType>>, E extends Codes>(success: S, errors: E) => {
  const codes: Record<number, readonly string[]> = { ...COMMON };
  for (const [status, own] of Object.entries(errors))
    codes[Number(status)] = [...own, ...(COMMON[Number(status)] ?? [])];
  const failures = Object.fromEntries(Object.keys(codes).map((status) => [status, errorSchema]));
  return { codes, response: { ...success, ...(failures as { [status in keyof E]: typeof errorSchema }) } };
};
