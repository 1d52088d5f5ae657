import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { BridgeError, messageOf } from '../errors';
import { toHalfWidth } from '../sms/dialled-text';
import { exchangeSchema } from './exchange-schema';

export type ExchangeMapping = z.infer<typeof exchangeSchema>;

/** Checks that concern several keys. */
const whole = exchangeSchema.superRefine(({ columns, send }, { addIssue }) => {
  const problem = (path: string, message: string): void =>
    addIssue({ code: 'custom', path: ['send', ...path.split('.')], message });
  const columnsOfSend = Object.values(columns.send).map((name) => name?.toUpperCase());
  const constants = Object.keys(send.constants);
  const written = constants.map((name) => name.toUpperCase());
  for (const [index, name] of written.entries())
    if (columnsOfSend.includes(name) || written.indexOf(name) !== index)
      problem(
        `constants.${constants[index]}`,
        'is written already: set that key of columns.send to null, or drop this',
      );
  const { taken } = send;
  if (taken?.purgeAfterHours !== undefined && columns.send.createTime === null)
    problem('taken.purgeAfterHours', 'needs columns.send.createTime, which tells the age of a row');
  if (taken !== null && [...columnsOfSend, ...written].includes(taken.column.toUpperCase()))
    problem('taken.column', 'is a column that the platform writes: name the one that the province marks');
});

/**
 * Reads the mapping from its JSON file. Without a path, returns the defaults.
 * @throws BridgeError EXCHANGE_FILE_INVALID, naming every wrong key
 */
export const loadExchangeMapping = (path?: string): ExchangeMapping => {
  let content: unknown = {};
  if (path !== undefined) {
    try {
      content = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw new BridgeError('EXCHANGE_FILE_INVALID', `EXCHANGE_FILE: ${path}: ${messageOf(error)}`);
    }
  }
  const parsed = whole.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(whole file)'}: ${issue.message}`);
  throw new BridgeError('EXCHANGE_FILE_INVALID', `EXCHANGE_FILE: ${path}: ${problems.join('; ')}`);
};

export type ReportOutcome = {
  readonly status: 'SUBMITTED' | 'DELIVERED' | 'UNDELIVERED' | 'EXPIRED' | 'REJECTED' | 'UNKNOWN';
  readonly isFinal: boolean;
  /** The pattern that matched; absent for an unknown code. */
  readonly pattern?: string;
};

/**
 * Translates a gateway's delivery report code. An unknown code gives UNKNOWN, which is final only
 * if configured so.
 */
export const toReportOutcome = (code: string, codes: ExchangeMapping['codes']): ReportOutcome => {
  const text = toHalfWidth(code).trim().toUpperCase();
  const known = codes.report.find((candidate) => new RegExp(candidate.pattern).test(text));
  return known ?? { status: 'UNKNOWN', isFinal: codes.unknownReportIsFinal };
};
