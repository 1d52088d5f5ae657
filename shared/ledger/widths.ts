/** What the platform's own columns hold. */
export const WIDTHS = { id: 64, code: 32, address: 40, sender: 32, inboundText: 4000, words: 200 } as const;
