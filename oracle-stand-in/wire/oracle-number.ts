/** Writes a decimal text without exponent. */
const plainDecimal = (text: string): string => {
  const parts = /^(-?)(\d*)(?:\.(\d*))?[eE]([+-]?\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
};

/** Encodes an Oracle NUMBER: an exponent byte and base-100 digits, complemented when negative. */
export const encodeOracleNumber = (value: string): Buffer => {
  const text = plainDecimal(value);
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  let left = whole.replace(/^0+/, '');
  if (left.length % 2 === 1) left = `0${left}`;
  let right = fraction.replace(/0+$/, '');
  if (right.length % 2 === 1) right += '0';
  const pairs = (left + right).match(/../g) ?? [];
  let exponent = left.length / 2;
  while (pairs[0] === '00') {
    pairs.shift();
    exponent -= 1;
  }
  while (pairs.at(-1) === '00') pairs.pop();
  if (pairs.length === 0) return Buffer.from([128]);
  const mantissa = pairs.slice(0, 20).map(Number);
  if (!negative) return Buffer.from([exponent + 192, ...mantissa.map((digit) => digit + 1)]);
  const end = mantissa.length < 20 ? [102] : [];
  return Buffer.from([~(exponent + 192) & 255, ...mantissa.map((digit) => 101 - digit), ...end]);
};

/** Decodes an Oracle NUMBER to decimal text. */
export const decodeOracleNumber = (bytes: Buffer): string => {
  const positive = (bytes[0]! & 128) !== 0;
  if (bytes.length === 1) return positive ? '0' : '-1e126';
  const exponent = (positive ? bytes[0]! : bytes[0]! ^ 255) - 193;
  const end = !positive && bytes.at(-1) === 102 ? bytes.length - 1 : bytes.length;
  let digits = '';
  for (const byte of bytes.subarray(1, end)) digits += String(positive ? byte - 1 : 101 - byte).padStart(2, '0');
  const point = (exponent + 1) * 2;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const split = point <= 0 ? 1 : point;
  const whole = padded.slice(0, split).replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(split).replace(/0+$/, '');
  return `${positive ? '' : '-'}${whole}${fraction ? `.${fraction}` : ''}`;
};
