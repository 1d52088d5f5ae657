import { createByteWriter } from '../wire/byte-writer';
import { CHARSET_UTF8, capabilityBytes, MESSAGE } from './protocol';

const TIME_ZONE_BYTES = 11;

/** Answers the protocol negotiation with character sets and capabilities. */
export const protocolAnswer = (): Buffer => {
  const { compile, runtime, formats } = capabilityBytes();
  return createByteWriter()
    .u8(MESSAGE.protocol)
    .u8(6)
    .u8(0)
    .raw(Buffer.from('stand-in for tests, not Oracle\0'))
    .u16le(CHARSET_UTF8)
    .u8(1)
    .u16le(0)
    .u16be(formats.length)
    .raw(formats)
    .bytes(compile)
    .bytes(runtime)
    .toBuffer();
};

/**
 * Answers the data type negotiation: the database's time zone is UTC, and every type is as the
 * driver wants it.
 */
export const dataTypesAnswer = (): Buffer => {
  const zone = Buffer.alloc(TIME_ZONE_BYTES);
  zone.set([128, 0, 0, 0, 60, 60]);
  return createByteWriter().u8(MESSAGE.dataTypes).raw(zone).u16be(0).toBuffer();
};
