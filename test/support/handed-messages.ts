import type { Run } from './run-on';

/** The province identifies messages by MSG_ID; ledger and history map it to the message. */
export const NAMED_MESSAGES =
  '(SELECT msg_id, message_id, app_id FROM sm_send_t UNION ALL SELECT msg_id, message_id, app_id FROM sm_send_t_log)';

/** Returns the messageIds that wait for the province, in its order. As the owner. */
export const handedMessages = async (run: Run): Promise<string[]> => {
  const rows = await run<{ message_id: string }>(
    `SELECT m.message_id FROM client_sms_send c JOIN ${NAMED_MESSAGES} m ON m.msg_id = c.msg_id ORDER BY c.seq_id`,
  );
  return rows.map(({ message_id }) => message_id);
};

/** Returns the MSG_ID of each handed-over message by its messageId. As the owner. */
export const msgIds = async (run: Run): Promise<ReadonlyMap<string, string>> => {
  const rows = await run<{ msg_id: string; message_id: string }>(
    `SELECT m.msg_id, m.message_id FROM ${NAMED_MESSAGES} m`,
  );
  return new Map(rows.map(({ msg_id, message_id }) => [message_id, msg_id]));
};
