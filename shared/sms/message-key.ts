/** Identifies a message: a messageId is unique only within its application. */
export type MessageKey = { readonly appId: string; readonly messageId: string };

/**
 * Returns a message's key as one text. A messageId in the ledger never contains a line break, so
 * two messages never share a text.
 */
export const toMessageKey = ({ appId, messageId }: MessageKey): string => `${messageId}\n${appId}`;

/**
 * Returns the key of a status event, `<appId>/<messageId>`. The topic is compacted, so events of
 * two applications must never share a key: neither application codes nor valid messageIds contain a
 * "/". An event that matched no message has no application, and is keyed by `messageId` alone.
 */
export const toStatusKey = ({
  appId,
  messageId,
}: {
  readonly appId: string | null;
  readonly messageId: string;
}): string => (appId === null ? messageId : `${appId}/${messageId}`);
