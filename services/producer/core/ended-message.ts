/** A message that ends before it is handed over. */
export type EndedMessage = {
  readonly messageId: string;
  readonly appId: string;
  readonly destAddr: string | null;
  readonly context: string | null;
  readonly status: 'CANCELLED' | 'REJECTED';
  readonly reason: string;
};
