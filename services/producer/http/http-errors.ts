import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { hasZodFastifySchemaValidationErrors, type ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import { BridgeError, isRetryable } from '../../../shared/errors';
import type { OverLimit } from '../core/application-limits';

/** The content of an error response. */
export type HttpProblem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string | null;
  readonly messageIds?: readonly string[];
  /** the limit that is reached, with 429 */
  readonly limit?: string;
  readonly retryAfterSeconds?: number;
};

/** Ends a request with a problem, at any stage of the server. */
export class HttpRefusal extends Error {
  readonly problem: HttpProblem;
  /** fastify and its plugins read this */
  readonly statusCode: number;

  constructor(problem: HttpProblem) {
    super(problem.message);
    this.name = 'HttpRefusal';
    this.problem = problem;
    this.statusCode = problem.status;
  }
}

export const RETRY_AFTER_SECONDS = 2;

const LONGEST_SHOWN = 64;

export const toLimitRefusal = ({ message, ...over }: OverLimit): HttpRefusal =>
  new HttpRefusal({ status: 429, code: 'RATE_LIMITED', message: `${message}; see Retry-After`, ...over });

/** @throws HttpRefusal 429 if a limit is reached */
export const refuseOver = (over: OverLimit | undefined): void => {
  if (over !== undefined) throw toLimitRefusal(over);
};

export const toErrorBody = ({ code, message, field, limit, messageIds }: HttpProblem) => ({
  error: {
    code,
    message,
    ...(field === undefined || field === null ? {} : { field }),
    ...(limit === undefined ? {} : { limit }),
    ...(messageIds === undefined ? {} : { messageIds: [...messageIds] }),
  },
});

type FrameworkError = {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: readonly { readonly instancePath?: string; readonly message?: string }[];
  readonly validationContext?: string;
};

/** Refusals by fastify itself, in the bridge's own words. */
const FRAMEWORK: Readonly<Record<string, Omit<HttpProblem, 'field'>>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    message: 'send the body as Content-Type: application/json',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'BODY_TOO_LARGE',
    message: 'the body is too large; split the batch',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'BODY_INVALID',
    message: 'the body is not as long as Content-Length says',
  },
  FST_ERR_MAX_PARAM_LENGTH: { status: 414, code: 'ADDRESS_TOO_LONG', message: 'the address is too long' },
  FST_ERR_BAD_URL: { status: 400, code: 'ADDRESS_INVALID', message: 'the address cannot be decoded' },
};

const UNAVAILABLE: HttpProblem = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'the platform cannot do this at the moment; try again a little later',
};

const BUSY: HttpProblem = {
  status: 503,
  code: 'MESSAGE_BUSY',
  message: 'another session of the database holds this message; try again a little later',
};

const INTERNAL: HttpProblem = {
  status: 500,
  code: 'INTERNAL',
  message: 'something unexpected happened; it was logged',
};

/** The schemas of parameters hold the texts for people. */
const toParameterProblem = ({ validation: [issue] }: { validation: readonly ZodFastifySchemaValidationError[] }) => {
  const [unknown] = (issue?.params as { keys?: readonly string[] })?.keys ?? [];
  const field = (unknown ?? issue?.instancePath.split('/')[1] ?? '').slice(0, LONGEST_SHOWN);
  const message =
    unknown === undefined ? (issue?.message ?? '') : `there is no parameter ${JSON.stringify(field)} at this address`;
  return { status: 400, code: 'FIELD_INVALID', message, field };
};

/**
 * Returns the response for any error that ends a request. It repeats no content of the request
 * except names of fields.
 */
export const toHttpProblem = (error: unknown): HttpProblem => {
  if (error instanceof HttpRefusal) return error.problem;
  if (error instanceof BridgeError && error.code === BUSY.code) return BUSY;
  if (isRetryable(error)) return UNAVAILABLE;
  const { code = '', statusCode = 500 } = (error ?? {}) as FrameworkError;
  const known = FRAMEWORK[code];
  if (known !== undefined) return known;
  if (hasZodFastifySchemaValidationErrors(error)) return toParameterProblem(error);
  if (statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      code: 'REQUEST_INVALID',
      message: STATUS_CODES[statusCode] ?? 'the request is not valid',
    };
  }
  return INTERNAL;
};

const NO_EXPECTATION = toErrorBody({
  status: 417,
  code: 'EXPECTATION_UNSUPPORTED',
  message: 'send no Expect header but 100-continue',
});

/** Replies to an Expect header other than 100-continue. Node would send no body. */
export const answerExpectation = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(417, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(NO_EXPECTATION));
};
