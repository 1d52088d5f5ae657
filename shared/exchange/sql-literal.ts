import { z } from 'zod';

/** A value of the exchange file that becomes part of a statement: a number, or a text of one line. */
export const literal = z.union([
  z.number(),
  z
    .string()
    .max(200)
    .refine((text) => !/[\p{Cc}\p{Cs}\\]/u.test(text), 'must be a text without control characters and backslashes'),
]);

export type Literal = z.infer<typeof literal>;

/** The value as both engines write it. A quotation mark inside is doubled, and nothing else has a meaning between quotation marks. */
export const toLiteral = (value: Literal): string =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
