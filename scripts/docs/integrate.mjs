// Writes the tables of docs/integrate.md and of its Chinese twin from the schemas and the sources;
// `--check [file]` only reports whether they, or those of an English file, are what would be
// written. Plain Node.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { ENGLISH } from './integrate-words-en.mjs';
import { CHINESE } from './integrate-words-zh.mjs';
import { renderBlocks, replaceBlocks } from './render-integrate.mjs';

const require = createRequire(import.meta.url);

/** The sources below a folder, wherever in it a declaration lies. */
const sourcesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');

const folders = readdirSync(root, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .map(({ name }) => name);
const sources = folders
  .filter((name) => ['services', 'shared'].includes(name))
  .map(sourcesBelow)
  .join('\n');
const producer = [join('services', 'producer'), join('shared', 'http')].map(sourcesBelow).join('\n');

/** The names of a union of texts, in their order. */
const unionOf = (name) => {
  const [, union] = new RegExp(`type ${name} =\\s*([^;]+);`).exec(sources) ?? [];
  if (union === undefined) throw new Error(`no source declares the union ${name}`);
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
};

/** The status of each code that the producer answers with: beside the code, or by its kind. */
const findHttpCodes = (sendProblems) => {
  const own = new Map(
    [...producer.matchAll(/status: (\d{3}),\s*code: '([A-Z0-9_]+)'/g)].map(([, status, code]) => [
      code,
      Number(status),
    ]),
  );
  for (const [, code] of producer.matchAll(/unauthorised\('([A-Z_]+)'/g)) own.set(code, 401);
  const [, conflicts = ''] = /CONFLICTS[^=]*= new Set\(\[([^\]]*)\]/.exec(producer) ?? [];
  const refusals = [...producer.matchAll(/code: '([A-Z0-9_]+)'/g)].map(([, code]) => code);
  for (const code of refusals) if (!own.has(code)) own.set(code, conflicts.includes(`'${code}'`) ? 409 : 400);
  // reasons of a message have their own table; a row of the table interface gets no HTTP response
  for (const code of [...sendProblems, 'ROW_UNREADABLE']) own.delete(code);
  return own;
};

const CRC_EMPTY = 0xc15d213aa4d7a795n;

/** CRC-64-AVRO of a text, bit by bit, as the Avro specification gives it. */
const crc64Avro = (text) =>
  Buffer.from(text, 'utf8').reduce((crc, byte) => {
    let entry = (crc ^ BigInt(byte)) & 0xffn;
    for (let bit = 0; bit < 8; bit += 1) entry = (entry >> 1n) ^ (entry & 1n ? CRC_EMPTY : 0n);
    return (crc >> 8n) ^ entry;
  }, CRC_EMPTY);

const headerOf = (schema) => {
  const fingerprint = Buffer.alloc(8);
  fingerprint.writeBigUInt64LE(crc64Avro(JSON.stringify(require('avsc').Type.forSchema(schema).schema())));
  return `c301${fingerprint.toString('hex')}`;
};

/** [topic, key] of each record. */
const RECORDS = {
  'sms-send': ['sms.send', 'recipient'],
  'sms-status': ['sms.status', 'appId/messageId'],
  'sms-received': ['sms.received', 'sender'],
  'sms-received-ack': ['sms.received.ack', 'receivedId'],
};

const records = Object.entries(RECORDS).map(([file, [topic, key]]) => {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', `${file}.avsc`), 'utf8'));
  const released = JSON.parse(readFileSync(join(root, 'schemas', 'released', `${file}.v1.avsc`), 'utf8'));
  return { schema, topic, key, header: headerOf(released) };
});

const sendProblems = unionOf('SendProblemCode');
const TIMES = ['createdAt', 'scheduledAt', 'expiresAt'];

/** The fields of SmsSend that a reason is about: from the schema, else from the code. */
const fieldsOf = (code) => {
  if (code === 'TIME_NOT_MILLISECONDS') return TIMES;
  if (code === 'VALIDITY_INVALID') return ['expiresAt', 'createdAt'];
  const inSchema = records[0].schema.fields.find(({ doc }) => doc.includes(code))?.name;
  const [, inCode] = new RegExp(`problem\\(\\s*'${code}',\\s*'(\\w+)'`).exec(sources) ?? [];
  const field = inSchema ?? inCode;
  if (field === undefined) throw new Error(`no schema and no source says which field ${code} is about`);
  return [field];
};

const facts = {
  ledgerStatuses: unionOf('LedgerStatus'),
  eventStatuses: records[1].schema.fields.find(({ name }) => name === 'status').type.symbols,
  sendProblems,
  fieldsOf,
  codesInServices: new Set([...sources.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => code)),
  httpCodes: findHttpCodes(sendProblems),
  records,
};

const [mode, only] = process.argv.slice(2);
const pages = [
  [only ?? join(root, 'docs', 'integrate.md'), ENGLISH],
  ...(only === undefined ? [[join(root, 'docs', 'zh-CN', 'integrate.md'), CHINESE]] : []),
];
for (const [file, words] of pages) {
  const text = readFileSync(file, 'utf8');
  const written = replaceBlocks(text, renderBlocks(facts, words));
  if (mode !== '--check') writeFileSync(file, written);
  else if (text !== written) {
    console.error(`${file} is not what the schemas and the code say: run \`npm run docs:integrate\``);
    process.exitCode = 1;
  }
}
