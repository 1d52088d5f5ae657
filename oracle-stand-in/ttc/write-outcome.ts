import type { ByteWriter } from '../wire/byte-writer';
import { MESSAGE } from './protocol';

/** Error of one row of an array execution. */
export type BatchError = { readonly offset: number; readonly number: number; readonly text: string };

/** Result of a call. */
export type Outcome = {
  readonly cursorId?: number;
  readonly rows?: number;
  readonly inTransaction: boolean;
  readonly error?: { readonly number: number; readonly text: string; readonly position?: number };
  readonly batchErrors?: readonly BatchError[];
  /** Code was stored that does not compile. */
  readonly compilationWarning?: boolean;
};

const END_OF_CALL = 1;
const IN_TRANSACTION = 2;
const COMPILATION_WARNING = 0x20;

const callStatus = (inTransaction: boolean): number => END_OF_CALL | (inTransaction ? IN_TRANSACTION : 0);

const writeBatchErrors = (writer: ByteWriter, errors: readonly BatchError[]): void => {
  const list = (write: (error: BatchError) => void): void => {
    writer.ub(errors.length);
    if (errors.length > 0) writer.u8(0);
    for (const error of errors) write(error);
  };
  list(({ number }) => writer.ub(number));
  list(({ offset }) => writer.ub(offset));
  list(({ text }) => {
    const bytes = Buffer.from(text);
    writer.ub(bytes.length).bytes(bytes).u8(0).u8(0);
  });
};

/**
 * Writes the error section that ends most answers. Without an error it reports the number of rows
 * and the cursor.
 */
export const writeOutcome = (writer: ByteWriter, outcome: Outcome): void => {
  const { error } = outcome;
  writer.u8(MESSAGE.error).ub(callStatus(outcome.inTransaction));
  writer.ub(0).ub(0).ub(0).ub(0).ub(0);
  writer.ub(outcome.cursorId ?? 0).sb(error?.position ?? 0);
  writer.raw(Buffer.from([0, 0, 0, 0, 0, outcome.compilationWarning === true ? COMPILATION_WARNING : 0]));
  // Address of the last row: unknown.
  writer.ub(0).ub(0).u8(0).ub(0).ub(0);
  writer.ub(0).u8(0).u8(0).ub(0).ub(0).ub(0);
  writeBatchErrors(writer, outcome.batchErrors ?? []);
  writer.ub(error?.number ?? 0).ub(outcome.rows ?? 0);
  if (error !== undefined) writer.bytes(Buffer.from(`${error.text}\n`));
};

/** Writes the short ending of calls without a cursor. */
export const writeStatus = (writer: ByteWriter, inTransaction: boolean): void => {
  writer.u8(MESSAGE.status).ub(callStatus(inTransaction)).ub(0);
};
