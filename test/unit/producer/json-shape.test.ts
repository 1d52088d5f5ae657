import fc from 'fast-check';
import {
  countNames,
  DEEPEST,
  findRepeatedName,
  MOST_VALUES,
  measureJson,
} from '../../../services/producer/http/json-shape';
import { anyCharacter } from '../../support/any-character';
import { tries } from '../../support/tries';

/** A text with quotes, backslashes, brackets and commas, as a string of JSON may hold. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'a', '名') }),
  fc.string({ unit: anyCharacter }),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'json' },
    text,
    fc.double(),
    fc.constantFrom(true, false, null),
    fc.array(tie('value'), { maxLength: 5, depthIdentifier: 'json' }),
    fc.dictionary(text, tie('value'), { maxKeys: 5, depthIdentifier: 'json' }),
  ),
})).value;

const parses = (candidate: string): boolean => {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
};

describe('the shape of JSON', () => {
  it('counts the names of any JSON as the parser sees them', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const written = JSON.stringify(value, undefined, space);
        const parsed = JSON.parse(written) as unknown;
        expect(measureJson(written)).toEqual({ kind: 'fits', names: countNames(parsed) });
        expect(findRepeatedName(written)).toBeUndefined();
      }),
      { numRuns: tries(2_000) },
    );
  });

  it('finds a repeated name in any JSON that the parser takes', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"\\u0061"', '"b"', '"\\\\"', '1', ' ');
    const near = fc.oneof(
      fc.array(pieces, { maxLength: 14 }).map((some) => some.join('')),
      fc
        .array(fc.tuple(fc.constantFrom('"a"', '"\\u0061"', '"b"', '"__proto__"', '"c\\""'), json), { maxLength: 5 })
        .map((fields) => `{${fields.map(([name, value]) => `${name}:${JSON.stringify(value)}`).join(',')}}`),
    );
    fc.assert(
      fc.property(near, (written) => {
        const shape = measureJson(written);
        if (!parses(written) || shape.kind !== 'fits') return;
        const repeated = findRepeatedName(written);
        expect(countNames(JSON.parse(written)) === shape.names).toBe(repeated === undefined);
      }),
      { numRuns: tries(5_000) },
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['[{"b":{"c":1,"d":[{}],"c":2}}]', 'c'],
    ['{"a\\"":1,"b":2,"a\\"":3}', 'a"'],
    ['{"a":"\\\\","a":1}', 'a'],
  ])('names what is repeated in %s', (written, name) => {
    expect(findRepeatedName(written)).toBe(name);
  });

  it('stops at the limits, and not before', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(measureJson(nested(DEEPEST)).kind).toBe('fits');
    expect(measureJson(nested(DEEPEST + 1)).kind).toBe('too-deep');
    const list = (length: number) => JSON.stringify(Array(length).fill(0));
    expect(measureJson(list(MOST_VALUES - 1)).kind).toBe('fits');
    expect(measureJson(list(MOST_VALUES)).kind).toBe('too-many-values');
    expect(measureJson(`[${'{},'.repeat(MOST_VALUES)}{}]`).kind).toBe('too-many-values');
    expect(measureJson(`"${'[,'.repeat(MOST_VALUES)}"`)).toEqual({ kind: 'fits', names: 0 });
    expect(measureJson('["no end')).toEqual({ kind: 'fits', names: 0 });
  });

  it('takes far less time than the parser where that is slow', () => {
    const bodies = ['['.repeat(2_000_000), `{${Array.from({ length: 200_000 }, (_, index) => `"${index}":0`).join()}}`];
    const share = (body: string): number => {
      const begun = performance.now();
      measureJson(body);
      const measured = performance.now() - begun;
      parses(body);
      return measured / (performance.now() - begun - measured);
    };
    // Other processes may take the processor during one of them.
    for (const body of bodies) expect(Math.min(...Array.from({ length: 5 }, () => share(body)))).toBeLessThan(1 / 3);
  });
});
