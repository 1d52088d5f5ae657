// Renders docs/configuration.md from the declarations of the services. Plain Node, no effects.

/** What the keys of the exchange file mean. Its tables and columns need no text. */
const EXCHANGE_KEYS = {
  'codes.msgFmt':
    'Data coding (MSG_FMT) of every row that is handed over; 8 is UCS-2. The number of segments is counted in that coding: one of 70 characters, or several of 67; with 0, 160 and 153.',
  'codes.submitSuccess': 'Regular expression: RESULT of a successful submit. Every other RESULT is SUBMIT_FAILED.',
  'codes.submitTemporary':
    'Regular expression: RESULT of a refusal that is not final, because the gateway tries again (8 is flow control in CMPP). The event has SUBMIT_FAILED with `isFinal` false; ' +
    'a message without any further reply ends as UNKNOWN with the reason SUBMIT_NOT_FINAL. `^$` for none.',
  'codes.gatewayMsgId':
    '`same`: the gateway writes an id alike in RESP and REPORT, except for letter case and leading zeros. `hex-decimal`: hexadecimal in one of them and decimal in the other (64 bits).',
  'codes.report':
    'Meaning of STAT of a delivery report: a list of `pattern` (regular expression on the trimmed code in capitals), `status` (SUBMITTED, DELIVERED, ' +
    'UNDELIVERED, EXPIRED, REJECTED or UNKNOWN) and `isFinal`. The first match counts. A list in the file replaces this default as a whole:',
  'codes.unknownReportIsFinal':
    'Whether a code that no pattern matches ends the message (as UNKNOWN). In both cases the code is in the event and stays with the message, with the reason REPORT_CODE_UNKNOWN.',
  'codes.recvContent':
    'How CONTENT of a received message is written. `text`: as text. `hex`: as hexadecimal digits of bytes in the data coding of MSG_FMT (0 ASCII, 3 ISO-8859-1, 8 UCS-2, ' +
    '15 GBK, 16 GB18030, 24 and 25 UCS-2; 4, binary, stays hexadecimal). Digits that cannot be read that way are passed on as they came. The header of a segment (UDH) is ' +
    'removed, also where a gateway left its bytes in front of a text. Segments are not joined: the province does that, or each segment is a message of its own.',
  'send.taken':
    'For a province that marks the rows it takes instead of deleting them: `{ "column": "STATUS", "values": [1, 2], "purgeAfterHours": 24 }`. Rows with one of ' +
    'the `values` in that `column` (without `values`: with any) no longer wait, and count neither for the high-water marks nor for the age. With ' +
    '`purgeAfterHours` the archiver deletes them when they are that old by CREATE_TIME; without it they stay until the province deletes them.',
  'send.constants':
    'Columns of the table for the province that have the same value in every row: `{ "SERVICE_ID": "BUREAU", "FEE_TYPE": 2 }`; numbers, or texts of one line.',
  timeZone:
    'The clock of the times in the exchange tables, both written and read, in columns that have no zone of their own (`timestamp` on PostgreSQL, DATE and ' +
    'TIMESTAMP on Oracle): an IANA name such as `Asia/Shanghai`, or an offset such as `+08:00`. Columns with a time zone are read as they are.',
  answers:
    '`per-message`: one submit result and one delivery report for a message. `per-part`: one for each segment; a message is delivered when all its segments are.',
  accessNumber:
    'The number that customers send to. The digits after it in DEST_ADDR of a received message are the extension code, by which the application is found.',
  destAddr:
    'How the number of a recipient is written: `e164` (8613800138000), `00` (008613800138000), `plus` (+8613800138000), or `national` (13800138000, 057187654321; ' +
    'foreign numbers with 00 in front; for COUNTRY=CN only). With `e164`, a foreign number whose digits are, or look like, another one of the country (+1 302 555 1234) is ' +
    'rejected: RECIPIENT_INVALID. This key is not the name of a column: that is `columns.send.destAddr`.',
};

const COMMON_TITLES = {
  databaseVariables: 'Database',
  kafkaVariables: 'Kafka and schema registry',
  serviceVariables: 'Process, health, logs',
  messageVariables: 'Judging messages',
};

/** In the order in which a message passes them; the others follow in alphabetical order. */
const SERVICES = ['producer', 'exchange-relay', 'report-collector', 'archiver', 'gateway-simulator'];

/** Sorts by the place in a list, the others after it by name. */
const inOrderOf = (list, nameOf) => (a, b) => {
  const [placeA, placeB] = [a, b].map((one) => (list.includes(nameOf(one)) ? list.indexOf(nameOf(one)) : list.length));
  return placeA - placeB || (nameOf(a) < nameOf(b) ? -1 : 1);
};

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text) => (text.includes('`') ? text : `\`${text}\``);

const defaultOf = (declared) => {
  if (declared.defaultDoc !== undefined) return declared.defaultDoc;
  if (declared.default !== undefined) return code(declared.default);
  return declared.optional ? '–' : '**required**';
};

const row = ([name, declared]) => {
  const secret = declared.secret ? ` or \`${name}_FILE\`` : '';
  const accepts = declared.accepts === undefined ? '' : ` (${declared.accepts})`;
  return `| \`${name}\`${secret} | ${cell(defaultOf(declared))} | ${cell(`${declared.doc}${accepts}`)} |`;
};

const table = (entries) => ['| variable | default | meaning |', '|---|---|---|', ...entries.map(row)].join('\n');

/** Returns the variables that a service does not share with the common groups. */
const ownOf = (definition, groups) => {
  const common = new Set(groups.flatMap(({ variables }) => Object.values(variables)));
  return Object.entries(definition.variables).filter(([, declared]) => !common.has(declared));
};

const usersOf = (group, definitions) => {
  const declared = new Set(Object.values(group.variables));
  const users = definitions.filter(({ variables }) => Object.values(variables).some((one) => declared.has(one)));
  return users.length === definitions.length ? 'all services' : users.map(({ service }) => service).join(', ');
};

const titleOf = ({ name }) =>
  COMMON_TITLES[name] ?? name.replace(/Variables$/, '').replace(/^./, (letter) => letter.toUpperCase());

const commonSection = (group, definitions) => {
  const overriders = definitions.filter((definition) =>
    Object.entries(group.variables).some(
      ([name, declared]) => definition.variables[name] !== undefined && definition.variables[name] !== declared,
    ),
  );
  const note =
    overriders.length === 0
      ? ''
      : ` A row of the same name below has another default or meaning: ${overriders.map(({ service }) => service).join(', ')}.`;
  return `### ${titleOf(group)}\n\nRead by ${usersOf(group, definitions)}.${note}\n\n${table(Object.entries(group.variables))}`;
};

const serviceSection = (definition, groups) => {
  const own = ownOf(definition, groups);
  const rows = own.length === 0 ? 'Only the common ones.' : table(own);
  return `## ${definition.service}\n\nIt ${definition.about}\n\n${rows}`;
};

const isLeaf = (value) => typeof value !== 'object' || value === null || Array.isArray(value);

const flatten = (value, path = []) =>
  Object.entries(value).flatMap(([key, inner]) =>
    isLeaf(inner) || Object.keys(inner).length === 0
      ? [[[...path, key].join('.'), inner]]
      : flatten(inner, [...path, key]),
  );

const exchangeSection = (names, optionalColumns) => {
  const { tables, columns } = names;
  const pairs = (defaults) =>
    Object.entries(defaults)
      .map(([key, name]) => `\`${key}\` ${name}`)
      .join(', ');
  const columnLines = Object.entries(columns).map(
    ([kind, defaults]) => `- \`columns.${kind}\` (of ${tables[kind]}): ${pairs(defaults)}`,
  );
  const optional = Object.entries(optionalColumns)
    .filter(([, keys]) => keys.length > 0)
    .map(([kind, keys]) => `${keys.map((key) => `\`${key}\``).join(', ')} of \`columns.${kind}\``)
    .join('; ');
  const others = flatten(names).filter(([key]) => !/^(tables|columns)\./.test(key));
  const unknown = others.filter(([key]) => EXCHANGE_KEYS[key] === undefined).map(([key]) => key);
  if (unknown.length > 0) throw new Error(`scripts/docs/render-configuration.mjs does not explain ${unknown}`);
  const list = others.map(([key, value]) => {
    const shown = Array.isArray(value)
      ? `\n\n  \`\`\`json\n  [\n${value.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]\n  \`\`\``
      : ` Default: \`${JSON.stringify(value)}\`.`;
    return `- \`${key}\`: ${EXCHANGE_KEYS[key]}${shown}`;
  });
  return `## The exchange file

The province's names and codes: a JSON file named by \`EXCHANGE_FILE\`. Every service, the \`migrate\` command and the simulator must get the same one. It
contains only what differs from the defaults; an unknown key is an error at start. Names are plain SQL names, or \`schema.name\`, without quotes: the
database folds them to its own case.
A column that the province does not have is \`null\`; that can be ${optional}.

Times are dates or timestamps. Times as text (\`yyMMddHHmm\`) are not read or written: the table waits, and readiness and the doctor name the column. Set
the column to \`null\`: then the time of a reply is when the bridge read it. Or name a view of the province's table that turns the text into a timestamp,
and, for the table that is written, back again.

\`\`\`json
{ "tables": { "send": "PROVINCE.SMS_OUT" }, "columns": { "send": { "destAddr": "PHONE" } }, "accessNumber": "10690000" }
\`\`\`

All keys with their defaults:

- \`tables\`: ${pairs(tables)}
${columnLines.join('\n')}
${list.join('\n')}`;
};

/**
 * Renders the whole document.
 * @param groups the variables that services share: `{name, variables}`
 * @param definitions the declarations of each service
 * @param exchangeMapping the defaults of the exchange file
 * @param optionalColumns by table, the keys of columns that may be null
 * @throws Error when a key of the exchange file has no meaning here
 */
export const renderConfiguration = ({ groups, definitions, exchangeMapping, optionalColumns }) => {
  const services = [...definitions].sort(inOrderOf(SERVICES, ({ service }) => service));
  const shared = [...groups].sort(inOrderOf(Object.keys(COMMON_TITLES), ({ name }) => name));
  return `<!-- Written by \`npm run docs:configuration\` from the services' declarations. Changes by hand are lost. -->
# Configuration

A process reads its environment once, when it starts, and checks all of it and the files that it names, before anything connects. Every problem is
in one message on standard error, and the process ends with exit code 2. A variable whose name nearly is one of these is reported with the right
name; it is no reason to stop, because others put names into an environment too, as Kubernetes does with KAFKA_PORT. \`node dist/services/<service>/main.js --help\` prints the variables of that release. An empty variable counts as unset.

A secret can come from a file instead: \`DATABASE_URL_FILE=/run/secrets/database_url\`. Setting both is an error. Secrets are never logged.

The \`sms-bridge\` command reads the variables of "Kafka and schema registry" and "Database" too; its flags overrule them.

## Common variables

${shared.map((group) => commonSection(group, services)).join('\n\n')}

${services.map((definition) => serviceSection(definition, shared)).join('\n\n')}

${exchangeSection(exchangeMapping, optionalColumns)}
`;
};
