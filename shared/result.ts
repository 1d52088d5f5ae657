/** An expected outcome: a value, or a problem that the caller decides about. */
export type Result<T, P> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: P };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const failed = <P>(problem: P): { readonly ok: false; readonly problem: P } => ({ ok: false, problem });
