import { ok } from '../../shared/result';
import { usageError } from '../report-error';
import type { Format, Input } from './open-input';
import type { Encoding } from './read-lines';

export type PublishArguments = {
  readonly app?: string;
  readonly to?: string;
  readonly content?: string;
  readonly messageId?: string;
  readonly extCode?: string;
  readonly priority?: string;
  readonly report: boolean;
  readonly scheduledAt?: string;
  readonly expiresAt?: string;
  readonly context?: string;
  readonly format?: Format;
  readonly encoding: Encoding;
  readonly sheet?: string;
  readonly idPrefix?: string;
  readonly ignoreUnknown?: boolean;
  readonly dryRun?: boolean;
  readonly appCheck: boolean;
  readonly wait?: boolean;
  readonly waitSeconds: number;
  readonly batchSize: number;
};

export const toCommonFields = (options: PublishArguments): ReadonlyMap<string, unknown> => {
  const { app: appId, to, content, messageId, extCode, priority, report, scheduledAt, expiresAt, context } = options;
  const fields = { appId, to, content, messageId, extCode, priority, scheduledAt, expiresAt, context };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new Map<string, unknown>(report ? given : [...given, ['needReport', false]]);
};

export const toSingleEntry = (fields: ReadonlyMap<string, unknown>): Input => {
  const missing = [
    ['appId', '--app'],
    ['to', '--to'],
    ['content', '--content'],
  ].filter(([field]) => !fields.has(field as string));
  if (missing.length > 0) {
    const flags = missing.map(([, flag]) => flag).join(', ');
    throw usageError(`give a file (or - for standard input), or one message: ${flags} missing`);
  }
  async function* entries() {
    yield { line: 1, fields: ok(fields) };
  }
  return { entries: entries(), totalBytes: undefined, readBytes: () => 0 };
};
