import type { Codecs } from '../../shared/avro/open-codecs';
import type { BridgeError } from '../../shared/errors';
import type { RecordSink } from '../../shared/kafka/ports';
import type { KafkaConnection } from '../connect/open-kafka';
import type { CliContext } from '../run-action';
import type { Service } from './child-processes';
import type { DemoDatabase, DemoEngine } from './choose-engine';
import type { OwnDatabase } from './own-database';

export type DemoOptions = {
  readonly messages: number;
  readonly keep?: boolean;
  /** kill the services at random while messages flow */
  readonly kill?: boolean;
  readonly logs?: string;
  readonly kafka?: string;
  readonly database?: string;
  readonly engine?: DemoEngine;
};

export type Defer = (close: () => unknown) => void;

export type DemoWorld = {
  readonly run: string;
  readonly brokers: string;
  readonly topicPrefix: string | undefined;
  readonly database: OwnDatabase;
  readonly kafka: KafkaConnection;
  readonly sink: RecordSink;
  readonly codecs: Codecs;
  readonly services: readonly Service[];
  /** Runs the night job once; kills it after `killAfterMs`, and runs it again. */
  readonly nightJob: (killAfterMs?: number) => Promise<void>;
};

export type WorldRequest = {
  readonly context: CliContext;
  readonly options: DemoOptions;
  readonly database: DemoDatabase;
  readonly signal: AbortSignal;
  readonly defer: Defer;
  readonly say: (text: string) => void;
  readonly onDeath: (error: BridgeError) => void;
};
