/** TTC message types: the first byte of a message, or of a section of one. */
export const MESSAGE = {
  protocol: 1,
  dataTypes: 2,
  function: 3,
  error: 4,
  rowHeader: 6,
  rowData: 7,
  parameter: 8,
  status: 9,
  ioVector: 11,
  lobData: 14,
  describe: 16,
  piggyback: 17,
  oneWay: 26,
} as const;

/** Function codes: the second byte of a function message or a piggyback. */
export const FUNCTION = {
  reexecute: 4,
  fetch: 5,
  logoff: 9,
  commit: 14,
  rollback: 15,
  reexecuteAndFetch: 78,
  execute: 94,
  lobOperation: 96,
  closeCursors: 105,
  authPhaseTwo: 115,
  authPhaseOne: 118,
  cancelCursors: 120,
  endToEnd: 135,
  ping: 147,
  setSchema: 152,
} as const;

export type FunctionName = keyof typeof FUNCTION;

const NAMES = new Map<number, FunctionName>(
  (Object.entries(FUNCTION) as [FunctionName, number][]).map(([name, code]) => [code, name]),
);

export const functionName = (code: number): FunctionName | undefined => NAMES.get(code);

/** Execute options, a bit set. */
export const OPTION = {
  parse: 0x01,
  execute: 0x20,
  fetch: 0x40,
  commit: 0x100,
  batchErrors: 0x80000,
} as const;

/** Field version 12.1: later ones only add fields that are not needed here. */
const FIELD_VERSION = 7;
export const CHARSET_UTF8 = 873;
export const CHARSET_UTF16 = 2000;

/** Character set forms: that of the database, and the national one. */
export const FORM = { implicit: 1, national: 2 } as const;

/** Bind directions of the IO vector. */
export const DIRECTION = { out: 16, in: 32, inOut: 48 } as const;

export const capabilityBytes = () => {
  const compile = Buffer.alloc(40);
  compile[7] = FIELD_VERSION;
  const runtime = Buffer.alloc(7);
  runtime[1] = 1;
  // Strings of up to 32767 bytes.
  runtime[6] = 4;
  const formats = Buffer.alloc(11);
  formats.writeUInt16BE(CHARSET_UTF16, 9);
  return { compile, runtime, formats };
};
