import { isWord } from '../sql/tokens';
import { CompileError } from './compile-error';
import { parseDeclarations } from './parse-declarations';
import { parseBlockBody } from './parse-statements';
import {
  type Block,
  TIMING_POINTS,
  type TimingPoint,
  type Tokens,
  type TriggerBody,
  type TriggerHead,
} from './syntax-tree';
import { createTokenStream, type TokenStream } from './token-stream';

const takeQualifiedName = (stream: TokenStream): { owner: string | undefined; name: string } => {
  const first = stream.takeName();
  return stream.takeSymbolIf('.') ? { owner: first, name: stream.takeName() } : { owner: undefined, name: first };
};

const takeSection = (stream: TokenStream, sections: Map<TimingPoint, Block>): void => {
  const at = stream.offset();
  const point = TIMING_POINTS.find((words) => stream.sees(...words.split(' '))) ?? stream.refuse('a timing point');
  const words = point.split(' ');
  stream.expect(...words, 'IS');
  if (sections.has(point))
    throw new CompileError(at, `PLS-00676: only one instance of ${point} is allowed in a compound trigger`);
  const declarations = parseDeclarations(stream, parseBlockBody);
  stream.expect('BEGIN');
  sections.set(point, { declarations, ...parseBlockBody(stream) });
  stream.expect(...words);
  stream.expectSymbol(';');
};

const takeEvent = (stream: TokenStream): TriggerHead['event'] => {
  const event = stream.takeName();
  if (event !== 'INSERT' && event !== 'UPDATE' && event !== 'DELETE') return stream.refuse('INSERT, UPDATE or DELETE');
  if (isWord(stream.peek(), 'OR', 'OF')) stream.refuse('one event of a trigger');
  stream.expect('ON');
  return event;
};

/** Reads the word before the event: FOR of a compound trigger, otherwise when it fires. */
const takeTime = (stream: TokenStream): 'FOR' | 'BEFORE' | 'AFTER' => {
  const time = (['FOR', 'BEFORE', 'AFTER'] as const).find((word) => stream.sees(word));
  if (time === undefined) return stream.refuse('FOR, BEFORE or AFTER');
  stream.expect(time);
  return time;
};

const takeEnd = (stream: TokenStream, name: string): void => {
  if (!stream.seesSymbol(';') && stream.takeName() !== name) stream.refuse(`END ${name}`);
  stream.expectSymbol(';');
  if (!stream.ended()) stream.refuse('the end');
};

const takeCompoundBody = (stream: TokenStream): TriggerBody => {
  stream.expect('COMPOUND', 'TRIGGER');
  const declarations = parseDeclarations(stream, parseBlockBody);
  const sections = new Map<TimingPoint, Block>();
  while (!stream.sees('END')) takeSection(stream, sections);
  stream.expect('END');
  return { declarations, sections };
};

const takeSimpleBody = (stream: TokenStream, point: TimingPoint): TriggerBody => {
  const declarations = stream.takeIf('DECLARE') ? parseDeclarations(stream, parseBlockBody) : [];
  stream.expect('BEGIN');
  return { declarations: [], sections: new Map([[point, { declarations, ...parseBlockBody(stream) }]]) };
};

export type ParsedTrigger = { readonly head: TriggerHead; readonly body: TriggerBody | CompileError };

/** Parses `CREATE [OR REPLACE] TRIGGER …`, compound or simple. */
export const parseTrigger = (tokens: Tokens): ParsedTrigger => {
  const stream = createTokenStream(tokens);
  stream.expect('CREATE');
  if (stream.takeIf('OR')) stream.expect('REPLACE');
  stream.takeIf('EDITIONABLE');
  stream.expect('TRIGGER');
  const { owner, name } = takeQualifiedName(stream);
  const time = takeTime(stream);
  const event = takeEvent(stream);
  const table = takeQualifiedName(stream);
  if (isWord(stream.peek(), 'REFERENCING', 'FOLLOWS', 'PRECEDES')) stream.refuse('the trigger itself');
  const row = stream.takeIf('FOR', 'EACH', 'ROW');
  const enabled = !stream.takeIf('DISABLE');
  stream.takeIf('ENABLE');
  const when = stream.takeIf('WHEN') ? stream.takeBracketed() : undefined;
  const head = { owner, name, event, table, enabled, when };
  try {
    const body =
      time === 'FOR'
        ? takeCompoundBody(stream)
        : takeSimpleBody(stream, row ? `${time} EACH ROW` : `${time} STATEMENT`);
    takeEnd(stream, name);
    return { head, body };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { head, body: error };
  }
};
