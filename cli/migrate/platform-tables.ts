import type { ExchangeMapping } from '../../shared/exchange/exchange-mapping';

/** The platform's tables, except those that the migrations fill with rows. */
export const PLATFORM_TABLES = [
  'sm_send_t',
  'sm_send_t_log',
  'sm_send_part',
  'sm_report_wait',
  'sm_receive_t',
  'sm_receive_t_log',
  'sm_receive_ack',
  'login_user',
  'relay_offset',
  'sm_relay_parked',
  'consumer_member',
  'archive_run',
] as const;

export const PLATFORM_VIEWS = ['v_send_t', 'v_send_t_log', 'v_receive_t'] as const;

/** Returns all tables whose rows would be missed: the platform's and the exchange tables. */
export const allTables = ({ tables }: ExchangeMapping): readonly string[] => [
  ...PLATFORM_TABLES,
  ...Object.values(tables),
];
