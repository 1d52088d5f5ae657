import type { Query } from '../../shared/database/open-database';

/** Whose message a ledger row is. */
export type KnownMessage = { readonly messageId: string; readonly appId: string };

/** The owners of messages that the ledger refused to enter once more. */
export const findKnownMessages = async (
  query: Query,
  messageIds: readonly string[],
): Promise<readonly KnownMessage[]> => {
  const { rows } = await query<{ message_id: string; app_id: string }>(
    'SELECT message_id, app_id FROM sm_send_t WHERE message_id = ANY($1)',
    [messageIds],
  );
  return rows.map((row) => ({ messageId: row.message_id, appId: row.app_id }));
};
