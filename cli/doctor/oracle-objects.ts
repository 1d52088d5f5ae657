import type { Database } from '../../shared/database/database';
import { broken, type Finding, statements, well } from './finding';

export type BrokenObjects = {
  readonly invalid: readonly { readonly type: string; readonly name: string }[];
  readonly triggersOff: readonly string[];
  readonly unusable: readonly string[];
  /** partitions of local indexes: the index as a whole has no status of its own */
  readonly unusablePartitions: readonly { readonly index: string; readonly partition: string }[];
};

export const judgeObjects = ({
  invalid,
  triggersOff,
  unusable,
  unusablePartitions,
}: BrokenObjects): readonly Finding[] => {
  const check = 'oracle: objects';
  const findings = [
    ...invalid.map(({ type, name }) =>
      broken(
        check,
        `${type} ${name} is invalid`,
        `As the owner of the tables; the second shows the compiler's errors:${statements(`ALTER ${type} ${name} COMPILE`, `SELECT LINE, TEXT FROM USER_ERRORS WHERE NAME = '${name}'`)}`,
      ),
    ),
    ...triggersOff.map((name) =>
      broken(check, `the trigger ${name} is off`, `As the owner of the tables: ALTER TRIGGER ${name} ENABLE`),
    ),
    ...unusable.map((name) =>
      broken(check, `the index ${name} cannot be used`, `As the owner of the tables: ALTER INDEX ${name} REBUILD`),
    ),
    ...unusablePartitions.map(({ index, partition }) =>
      broken(
        check,
        `the index ${index} cannot be used in the partition ${partition}`,
        `As the owner of the tables: ALTER INDEX ${index} REBUILD PARTITION ${partition}`,
      ),
    ),
  ];
  return findings.length > 0 ? findings : [well(check, 'valid, triggers on, indexes usable')];
};

export const readBrokenObjects = async ({ oracle }: Database): Promise<BrokenObjects> => {
  const invalid = await oracle.execute<{ object_type: string; object_name: string }>(
    `SELECT OBJECT_TYPE, OBJECT_NAME FROM USER_OBJECTS WHERE STATUS = 'INVALID'`,
  );
  const off = await oracle.execute<{ trigger_name: string }>(
    `SELECT TRIGGER_NAME FROM USER_TRIGGERS WHERE STATUS <> 'ENABLED'`,
  );
  const unusable = await oracle.execute<{ index_name: string }>(
    `SELECT INDEX_NAME FROM USER_INDEXES WHERE STATUS = 'UNUSABLE'`,
  );
  const partitions = await oracle.execute<{ index_name: string; partition_name: string }>(
    `SELECT INDEX_NAME, PARTITION_NAME FROM USER_IND_PARTITIONS WHERE STATUS = 'UNUSABLE'`,
  );
  return {
    invalid: invalid.rows.map(({ object_type, object_name }) => ({ type: object_type, name: object_name })),
    triggersOff: off.rows.map(({ trigger_name }) => trigger_name),
    unusable: unusable.rows.map(({ index_name }) => index_name),
    unusablePartitions: partitions.rows.map(({ index_name, partition_name }) => ({
      index: index_name,
      partition: partition_name,
    })),
  };
};
