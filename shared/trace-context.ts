/**
 * A trace as W3C Trace Context describes it (https://www.w3.org/TR/trace-context/). The bridge
 * creates no spans: it passes the caller's trace on to the readers of its records.
 */
export type TraceContext = { readonly traceparent: string; readonly tracestate: string | null };

const VERSION_00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Later versions may append fields after a dash; version ff is forbidden. */
const LATER_VERSION = /^(?!ff|00)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;
/** Longer headers are ignored: real ones have 55 characters, and each record stores them. */
const TRACEPARENT_MAX = 256;

const MEMBER = /^[a-z0-9][a-z0-9_*/@-]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MEMBERS_MAX = 32;
/**
 * Length that every participant should pass on (W3C Trace Context, tracestate). Longer lists lose
 * their longest members first, then their last ones.
 */
const TRACESTATE_MAX = 512;
const LONG_MEMBER = 128;

/** Returns a valid `traceparent` as version 00, or null when it is absent or malformed. */
const parseTraceparent = (text: string | undefined): string | null => {
  if (text === undefined || text.length > TRACEPARENT_MAX) return null;
  if (VERSION_00.test(text)) return text;
  const later = LATER_VERSION.exec(text);
  if (later === null) return null;
  const flags = (Number.parseInt(later[3] as string, 16) & SAMPLED).toString(16).padStart(2, '0');
  return `00-${later[1]}-${later[2]}-${flags}`;
};

const joined = (members: readonly string[]): string => members.join(',');

/**
 * Returns a valid `tracestate`, cut to the length that must be passed on, or null when it is absent
 * or malformed.
 */
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

/**
 * Reads the trace from a caller's headers. Returns null without a valid `traceparent`, because
 * `tracestate` means nothing alone. Never throws.
 */
export const parseTraceContext = (
  traceparent: string | undefined,
  tracestate: string | undefined,
): TraceContext | null => {
  const parent = parseTraceparent(traceparent);
  return parent === null ? null : { traceparent: parent, tracestate: parseTracestate(tracestate) };
};

/** Returns the record headers that carry a trace: none for no trace. */
export const toTraceHeaders = (trace: TraceContext | null | undefined): Readonly<Record<string, string>> => {
  if (trace === null || trace === undefined) return {};
  const { traceparent, tracestate } = trace;
  return tracestate === null ? { traceparent } : { traceparent, tracestate };
};
