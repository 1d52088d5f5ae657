/**
 * Characters that the text columns of the platform's own tables hold (SM_SEND_T, SM_SEND_T_LOG,
 * SM_RECEIVE_T, SM_REPORT_WAIT); see migrations/.
 */
export const WIDTHS = {
  id: 64,
  app: 32,
  code: 32,
  reason: 32,
  status: 16,
  extCode: 20,
  /** DEST_ADDR of a message to send */
  number: 20,
  /** DEST_ADDR and SRC_ADDR as the province writes them */
  address: 40,
  sender: 32,
  content: 1000,
  inboundText: 4000,
  context: 512,
  words: 200,
} as const;
