import { z } from 'zod';

/** A value of the exchange file that goes into a statement: a number, or a text of one line. */
export const literal = z.union([
  z.number(),
  z
    .string()
    .max(200)
    .refine((text) => !/[\p{Cc}\p{Cs}\\]/u.test(text), 'must be a text without control characters and backslashes'),
]);

export type Literal = z.infer<typeof literal>;

/**
 * Writes the value as a literal of both engines. Doubling quotation marks suffices, because
 * `literal` refuses backslashes and control characters.
 */
export const toLiteral = (value: Literal): string =>
  typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
