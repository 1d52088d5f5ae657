/**
 * Patterns for delivery report codes; the first match wins. The standard states come first. CMPP,
 * SMGP and SGIP share the words. SGIP and SMGP also send numbers, with 0 for success; China Telecom
 * appends an error (UNDELIVS612S); MAS has words such as DeliveryToTerminal. Then come the failures
 * that gateways of the carriers, of Huawei and of large resellers publish: families of letters and
 * a number (MK:0012, DB:0102, MI0020, R:00002, U2:-74), numbers (also 2:23), and words. Text may
 * follow a code. A lone 1 matches none: SGIP sends it while it is still trying. Longer numbers
 * match none either: they are telephone numbers or times from the wrong column.
 */
export const DEFAULT_REPORT_CODES = [
  {
    pattern: '^(DELIVE?RE?D(S0+S)?($|[ :,;(])|DELIVER(ED|Y)[_ ]?TO[_ ]?TERMINAL|0+$|(SGIP|SMGP|CMPP):0+$)',
    status: 'DELIVERED',
    isFinal: true,
  },
  { pattern: '^EXPIRE', status: 'EXPIRED', isFinal: true },
  {
    pattern: '^(ACCEPTE?D|ENROUTE|SCHEDULED|DELIVER(ED|Y)[_ ]?TO[_ ]?NETWORK|MESSAGE[_ ]?WAITING)',
    status: 'SUBMITTED',
    isFinal: false,
  },
  {
    pattern: '^(G?UNDELIV|UNDLV|DELETED|REJECT|SKIPPED|DELIVERY[_ ]?IMPOSSIBLE)',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^(M[A-Z][:._-]|[BCDI][A-Z][:._-]|LT:|[A-NPR-UWY][A-Z][:._-]?-?[0-9]|X[A-Z]:?-?[0-9]|E:[A-Z0-9]|[RU][0-9]?:-?[0-9]*[1-9]|R:0|S::-?([0-9]*[1-9]|[A-Z])|[CF][0-9][0-9][0-9][0-9]|(SGIP|SMGP|SME|HTTPRESP|AUDIT|SYS|VALVE):?-?[0-9A-Z]|(SMGP|SPMS)ERR|CMPP[0-9]*(ERR|:))',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^(-0*[1-9][0-9]*|0*[2-9]|0+1|0*[1-9][0-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?|(2|100)[:-]0*[1-9][0-9]*)($|[ ,;(])',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  {
    pattern:
      '^([A-Z_-]*(BLACK|BLK|FAIL)|MOBILEBLAC|GATEBLA|BLOCK|BWLIST|BAD|BEYOND|NOROUTE|NONCHN|NOPASS|NOSEND|NOSIGN|NOTITLE|PBDQ|PUBLOKD|SIG|KEYWORD|CONTENT|CHECK|AICHECK|PHONE?ERR|ROUTEERR|ERR|INVALID|LIMIT|OVERDUE|TIME_?(OUT|UP)|HIGRISK|TUIDING|UNSUB|DISTURB|REFUSE|SME|SUPERWD|SWITCH|UTE($|[ ,])|BST-)',
    status: 'UNDELIVERED',
    isFinal: true,
  },
  { pattern: '^UNKNOWN', status: 'UNKNOWN', isFinal: false },
] as const;
