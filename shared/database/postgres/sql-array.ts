/**
 * PostgreSQL array literals (manual, 8.15.6 "Array Input and Output Syntax") for `$n::text[]` and the like. The driver writes arrays, too, with two
 * regular expressions and several strings for each element: on the hot paths that was a tenth of a process' time, and much of its garbage.
 */
const NEEDS_ESCAPE = /["\\]/;

const quoted = (text: string | null): string =>
  text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const allNull = (count: number): string => (count === 0 ? '{}' : `{${'NULL,'.repeat(count - 1)}NULL}`);

/** `{"a","b",NULL}` */
export const toTextArray = (values: readonly (string | null)[]): string => {
  let nulls = 0;
  let plain = true;
  for (const value of values) {
    if (value === null) nulls += 1;
    else if (NEEDS_ESCAPE.test(value)) plain = false;
  }
  if (nulls === values.length) return allNull(nulls);
  // one string for the whole column instead of one for each element
  if (nulls === 0 && plain) return `{"${values.join('","')}"}`;
  return `{${values.map(quoted).join(',')}}`;
};

/** `{1,2.5,NULL,true}`: numbers and booleans need no quotes. */
export const toPlainArray = (values: readonly (number | boolean | null)[]): string => {
  let nulls = 0;
  for (const value of values) if (value === null) nulls += 1;
  if (nulls === values.length) return allNull(nulls);
  return `{${(nulls === 0 ? values : values.map((value) => value ?? 'NULL')).join(',')}}`;
};
