// Renders the generated blocks of docs/integrate.md and of its Chinese twin. Pure.

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map(() => '---|').join('')}`, ...rows.map(row)].join('\n');

/** Throws for a code without an explanation, and for an explanation without a code. */
const expectSame = (what, found, explained) => {
  const unexplained = found.filter((name) => !explained.includes(name));
  const gone = explained.filter((name) => !found.includes(name));
  if (unexplained.length + gone.length > 0)
    throw new Error(
      `scripts/docs/integrate-words-*.mjs: ${what}: not explained: ${unexplained.join(', ') || 'none'}; gone from the code: ${gone.join(', ') || 'none'}`,
    );
};

const fieldsIn = (names, { comma }) => names.map((name) => `\`${name}\``).join(comma);

const typeOf = (type, words) => {
  if (Array.isArray(type)) {
    const names = type.filter((one) => one !== 'null').map((one) => typeOf(one, words));
    return `${names.join(' or ')}${words.orNull}`;
  }
  if (typeof type === 'string') return type;
  return type.logicalType ?? type.name ?? type.type;
};

const fieldsOf = ({ name: record, fields }, words) => {
  const meanings = words.fields?.[record] ?? Object.fromEntries(fields.map(({ name, doc }) => [name, doc]));
  expectSame(
    `fields of ${record}`,
    fields.map(({ name }) => name),
    Object.keys(meanings),
  );
  return table(
    words.heads.field,
    fields.map(({ name, type, default: value }) => [
      `\`${name}\``,
      typeOf(type, words),
      value === undefined ? words.required : `\`${JSON.stringify(value)}\``,
      meanings[name],
    ]),
  );
};

const statusBlock = ({ ledgerStatuses, eventStatuses }, words) => {
  expectSame('statuses', [...new Set([...ledgerStatuses, ...eventStatuses])], Object.keys(words.statuses));
  return table(
    words.heads.status,
    Object.entries(words.statuses).map(([name, [final, meaning]]) => [
      `\`${name}\``,
      eventStatuses.includes(name) ? words.yes : words.no,
      final,
      meaning,
    ]),
  );
};

const reasonsBlock = ({ sendProblems, fieldsOf: fieldsOfReason, codesInServices }, words) => {
  expectSame('reasons of a rejection', sendProblems, Object.keys(words.rejections));
  const others = Object.keys(words.otherReasons);
  expectSame(
    'other reasons',
    others.filter((name) => codesInServices.has(name)),
    others,
  );
  return [
    words.rejectionsFollow,
    table(
      words.heads.rejection,
      sendProblems.map((name) => [`\`${name}\``, fieldsIn(fieldsOfReason(name), words), words.rejections[name]]),
    ),
    words.otherReasonsFollow,
    table(
      words.heads.otherReason,
      Object.entries(words.otherReasons).map(([name, [status, meaning]]) => [`\`${name}\``, status, meaning]),
    ),
  ].join('\n\n');
};

const httpBlock = ({ httpCodes }, words) => {
  expectSame('codes of the HTTP interface', [...httpCodes.keys()], Object.keys(words.httpCodes));
  const rows = Object.entries(words.httpCodes).map(([name, [meaning, todo]]) => ({
    name,
    meaning,
    todo,
    status: httpCodes.get(name),
  }));
  rows.sort((a, b) => a.status - b.status);
  return table(
    words.heads.http,
    rows.map(({ status, name, meaning, todo }) => [String(status), `\`${name}\``, meaning, todo]),
  );
};

const fingerprintsBlock = ({ records }, words) =>
  table(
    words.heads.record,
    records.map(({ schema, topic, key, header }) => [
      `\`${schema.name}\``,
      `\`${topic}\``,
      words[key] ?? `\`${key}\``,
      `\`${header}\``,
    ]),
  );

/** The blocks by name, in the language of `words`. */
export const renderBlocks = (facts, words) => ({
  statuses: statusBlock(facts, words),
  reasons: reasonsBlock(facts, words),
  http: httpBlock(facts, words),
  headers: fingerprintsBlock(facts, words),
  ...Object.fromEntries(facts.records.map(({ schema }) => [schema.name, fieldsOf(schema, words)])),
});

const begin = (name) => `<!-- ${name}: written by npm run docs:integrate -->`;
const END = '<!-- end -->';

/** The document with its blocks replaced. */
export const replaceBlocks = (text, blocks) =>
  Object.entries(blocks).reduce((document, [name, block]) => {
    const [before, rest] = document.split(`${begin(name)}\n`);
    if (rest === undefined) throw new Error(`the document has no block ${begin(name)}`);
    return `${before}${begin(name)}\n${block}\n${rest.slice(rest.indexOf(END))}`;
  }, text);
