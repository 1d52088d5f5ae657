import type { Received } from './received-cursor';

/** A received message as the live table or the history holds it. Times in epoch ms. */
export type ReceivedRow = Received & {
  readonly from: string;
  readonly to: string;
  readonly extCode: string | null;
  readonly content: string;
  readonly receivedAt: number;
  readonly recordedAt: number;
  readonly processed: boolean;
};
