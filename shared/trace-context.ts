/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/). The bridge makes no spans of its own: it passes on what came, so that a caller's trace goes
 * on at whoever reads the record.
 */
export type TraceContext = { readonly traceparent: string; readonly tracestate: string | null };

const VERSION_00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Later versions may add fields behind a dash; version ff is forbidden. */
const LATER_VERSION = /^(?!ff|00)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;
/** A header that is longer is not looked at: nobody's is, and its bytes would be stored with every record. */
const TRACEPARENT_MAX = 256;

const MEMBER = /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MEMBERS_MAX = 32;
/** The least that everybody must pass on; what is over it goes, long members first. */
const TRACESTATE_MAX = 512;
const LONG_MEMBER = 128;

/** A valid `traceparent`, in version 00, or null: a malformed one counts as none. */
const parseTraceparent = (text: string | undefined): string | null => {
  if (text === undefined || text.length > TRACEPARENT_MAX) return null;
  if (VERSION_00.test(text)) return text;
  const later = LATER_VERSION.exec(text);
  if (later === null) return null;
  const flags = (Number.parseInt(later[3] as string, 16) & SAMPLED).toString(16).padStart(2, '0');
  return `00-${later[1]}-${later[2]}-${flags}`;
};

const joined = (members: readonly string[]): string => members.join(',');

/** A valid `tracestate`, cut to what must be passed on, or null: a malformed one counts as none. */
const parseTracestate = (text: string | undefined): string | null => {
  if (text === undefined) return null;
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  if (members.length > MEMBERS_MAX || keys.size < members.length) return null;
  if (members.length === 0 || !members.every((member) => MEMBER.test(member))) return null;
  let kept = members;
  if (joined(kept).length > TRACESTATE_MAX) kept = kept.filter(({ length }) => length <= LONG_MEMBER);
  while (joined(kept).length > TRACESTATE_MAX) kept = kept.slice(0, -1);
  return kept.length === 0 ? null : joined(kept);
};

/** The trace that a caller's headers carry, or null. `tracestate` means nothing without a valid `traceparent`. Never throws. */
export const parseTraceContext = (
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext | null => {
  const parent = parseTraceparent(traceparent);
  return parent === null ? null : { traceparent: parent, tracestate: parseTracestate(tracestate) };
};

/** The record headers of a trace. */
export const toTraceHeaders = (trace: TraceContext | null | undefined): Readonly<Record<string, string>> => {
  if (trace === null || trace === undefined) return {};
  const { traceparent, tracestate } = trace;
  return tracestate === null ? { traceparent } : { traceparent, tracestate };
};
