import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPackageRoot } from '../../shared/avro/load-schemas';

export type KafkaRight = {
  readonly user: string;
  readonly operation: string;
  readonly kind: 'topic' | 'group';
  readonly name: string;
  /** the right is on all names that begin so */
  readonly prefixed: boolean;
};

const KINDS = ['topic', 'group'] as const;

/** Returns the rights that a call of Kafka's kafka-acls.sh with these arguments gives. */
const toRights = (call: string): readonly KafkaRight[] => {
  const valuesOf = (option: string): readonly string[] =>
    [...call.matchAll(new RegExp(`--${option} (\\S+)`, 'g'))].map(([, value]) => value as string);
  const prefixed = valuesOf('resource-pattern-type')[0] === 'prefixed';
  return valuesOf('allow-principal').flatMap((principal) =>
    KINDS.flatMap((kind) =>
      valuesOf(kind).flatMap((name) =>
        valuesOf('operation').map((operation) => ({
          user: principal.slice('User:'.length),
          operation,
          kind,
          name,
          prefixed,
        })),
      ),
    ),
  );
};

const root = findPackageRoot(__dirname);

/** Runs deploy/kafka-acls.sh with a command that only prints its arguments; returns the rights. */
export const rightsOfScript = (prefix = ''): readonly KafkaRight[] => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-acls-'));
  const command = join(directory, 'kafka-acls.sh');
  writeFileSync(command, '#!/bin/sh\necho "$*"\n');
  chmodSync(command, 0o755);
  const env = { PATH: `${directory}:${process.env.PATH}`, TOPIC_PREFIX: prefix };
  const script = join(root, 'deploy', 'kafka-acls.sh');
  const { status, stdout, stderr } = spawnSync('sh', [script, 'kafka:1'], { env, encoding: 'utf8' });
  rmSync(directory, { recursive: true });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n').flatMap(toRights);
};

/** Returns the rights that the commands of a document give. */
export const rightsOfDocument = (path = 'docs/operate/kafka-access.md'): readonly KafkaRight[] =>
  readFileSync(join(root, path), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('    $acl '))
    .flatMap(toRights);
