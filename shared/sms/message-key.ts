/** What identifies a message: an id means something only within its application. */
export type MessageKey = { readonly appId: string; readonly messageId: string };

/** One text for a message. No messageId that the ledger takes holds a line break, so two messages never make one text. */
export const toMessageKey = ({ appId, messageId }: MessageKey): string => `${messageId}\n${appId}`;

/**
 * The key of a status event. The topic is compacted, so an event must never have the key of another application's: neither an application code nor a
 * valid messageId holds a "/". An answer that nobody's message was found for has no application.
 */
export const toStatusKey = ({
  appId,
  messageId,
}: {
  readonly appId: string | null;
  readonly messageId: string;
}): string => (appId === null ? messageId : `${appId}/${messageId}`);
