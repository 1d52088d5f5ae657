import fc from 'fast-check';
import { toMessageKey, toStatusKey } from '../../../shared/sms/message-key';
import { isMessageId } from '../../../shared/sms/validate-send';
import { tries } from '../../support/tries';

const OWNER = { appId: 'beta', messageId: 'bill-4711' };

describe('keys of messages', () => {
  it("give a status event the key of its application's message", () => {
    expect(toStatusKey(OWNER)).toBe('beta/bill-4711');
    expect(toStatusKey({ appId: null, messageId: 'gateway:7' })).toBe('gateway:7');
  });

  it("never give another or an unknown application the owner's key, for any names", () => {
    const part = fc.oneof(
      fc.constantFrom(
        '',
        'beta',
        'beta/',
        '/',
        'beta/bill-4711',
        'bill-4711',
        '/bill-4711',
        'alpha',
        'beta/x',
        'gateway:beta',
      ),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.option(part), part, (appId, messageId) => {
        // without an application it is a reply of the province, and has its name
        const other = { appId, messageId: appId === null ? `gateway:${messageId}` : messageId };
        fc.pre(!(other.appId === OWNER.appId && other.messageId === OWNER.messageId));
        expect(toStatusKey(other)).not.toBe(toStatusKey(OWNER));
        if (other.appId !== null) expect(toMessageKey({ ...other, appId: other.appId })).not.toBe(toMessageKey(OWNER));
      }),
      { numRuns: tries(2_000) },
    );
    expect(isMessageId('a/b')).toBe(false);
  });
});
