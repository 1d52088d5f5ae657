import fc from 'fast-check';
import { v5, validate, version } from 'uuid';
import { EVENT_NAMESPACE, eventId } from '../../../shared/event-id';
import { anyCharacter } from '../../support/any-character';

const part = fc.oneof(fc.string({ unit: anyCharacter }), fc.integer(), fc.constant(null));
const normal = (parts: readonly (string | number | null)[]) => parts.map((p) => (p === null ? null : String(p)));

describe('eventId', () => {
  test('is the UUIDv5 that the uuid library computes from the length-prefixed parts', () => {
    expect(eventId('client_sms_report', 42)).toBe(v5('17:client_sms_report2:42', EVENT_NAMESPACE));
    expect(eventId('短信', 'ä', null)).toBe(v5('2:短信1:ä~', EVENT_NAMESPACE));
    const long = '短'.repeat(5000);
    expect(eventId(long, 'x')).toBe(v5(`5000:${long}1:x`, EVENT_NAMESPACE));
    expect(eventId('x')).toBe(v5('1:x', EVENT_NAMESPACE));
  });

  test('is a valid UUID of version 5 for any parts, and always the same one', () => {
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const id = eventId(...parts);
        expect(validate(id)).toBe(true);
        expect(version(id)).toBe(5);
        expect(eventId(...parts)).toBe(id);
      }),
    );
  });

  test('differs for different parts, however they are split', () => {
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (left, right) => {
        const same = JSON.stringify(normal(left)) === JSON.stringify(normal(right));
        expect(eventId(...left) === eventId(...right)).toBe(same);
      }),
    );
    expect(eventId('a', 'bc')).not.toBe(eventId('ab', 'c'));
    expect(eventId('1', '1')).not.toBe(eventId('11'));
    expect(eventId(null)).not.toBe(eventId(''));
    expect(eventId()).not.toBe(eventId(''));
  });

  test('is the same for a number and its text, because drivers return one or the other', () => {
    expect(eventId('t', 9007199254740991)).toBe(eventId('t', '9007199254740991'));
    expect(eventId('t', 12n)).toBe(eventId('t', 12));
  });

  test('does not change between releases: fixed vector', () => {
    expect(eventId('client_sms_recv', 1)).toBe('8fcd7d69-972a-543a-abbd-85970456db32');
  });
});
