import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { TOPIC_CONFIG, type TopicNames } from '../../shared/kafka/kafkajs/topics';

/** The state of a topic on the cluster. */
export type TopicState = {
  readonly topic: string;
  readonly exists: boolean;
  readonly partitions: number;
  readonly replication: number;
  /** number of partitions with replicas that are not in sync */
  readonly lagging: number;
  /** differences from the required settings */
  readonly problems: readonly string[];
  /** differences that are worth a thought, but work */
  readonly advice: readonly string[];
  /** settings, with the required value, that correct problems and advice */
  readonly corrections: readonly (readonly [name: string, value: string])[];
};

const KEYS = Object.keys(TOPIC_CONFIG) as (keyof TopicNames)[];

const sorted = (value: string): string => value.split(',').sort().join(',');

const configProblems = (key: keyof TopicNames, config: ReadonlyMap<string, string>): readonly string[] => {
  const { 'cleanup.policy': policy = '', 'retention.ms': retention = '' } = TOPIC_CONFIG[key];
  const problems: string[] = [];
  const found = config.get('cleanup.policy') ?? policy;
  if (sorted(found) !== sorted(policy)) problems.push(`cleanup.policy is ${found} instead of ${policy}`);
  const kept = Number(config.get('retention.ms') ?? retention);
  if (kept >= 0 && kept < Number(retention)) problems.push(`retention.ms is ${kept}, less than ${retention}`);
  return problems;
};

/** Returns the settings that differ from the required ones; a longer retention does not. */
const toCorrections = (
  key: keyof TopicNames,
  config: ReadonlyMap<string, string>,
  replication: number,
): TopicState['corrections'] => {
  const differ = (['cleanup.policy', 'retention.ms', 'compression.type'] as const).filter((name) => {
    const found = config.get(name);
    const wanted = TOPIC_CONFIG[key][name];
    if (found === undefined || wanted === undefined) return false;
    if (name === 'retention.ms') return Number(found) >= 0 && Number(found) < Number(wanted);
    if (name === 'compression.type') return wanted === 'uncompressed' && found !== wanted;
    return sorted(found) !== sorted(wanted);
  });
  const inSync = Number(config.get('min.insync.replicas') ?? 1);
  return [
    ...differ.map((name) => [name, TOPIC_CONFIG[key][name] as string] as const),
    ...(replication > 2 && inSync < 2 ? [['min.insync.replicas', '2'] as const] : []),
  ];
};

/** Returns advice that matters only when a publisher is broken or hostile. */
const compressionAdvice = (key: keyof TopicNames, config: ReadonlyMap<string, string>): readonly string[] => {
  const wanted = TOPIC_CONFIG[key]['compression.type'];
  const found = config.get('compression.type');
  if (wanted !== 'uncompressed' || found === undefined || found === wanted) return [];
  return [
    `compression.type is ${found}: batches that cannot be read, or inflate to gigabytes, are stored instead of refused to their publisher; set it to ${wanted}`,
  ];
};

const copiesAdvice = (replication: number, inSync: number, brokers: number): readonly string[] => {
  if (replication === 1 && brokers > 1)
    return [
      `has one copy, on a cluster of ${brokers} brokers: while one of them is down, its partitions are too; make it 3 copies`,
    ];
  if (replication > 1 && inSync < 2)
    return ['min.insync.replicas is 1: what one broker alone acknowledged is lost with it; set it to 2'];
  return replication > 1 && inSync >= replication
    ? [`min.insync.replicas is ${inSync} of ${replication} copies: nothing can be written while one broker is down`]
    : [];
};

/**
 * Loads the state of the platform's topics.
 * @throws the error of kafkajs
 */
export const inspectTopics = async (admin: Admin, names: TopicNames): Promise<readonly TopicState[]> => {
  const { brokers } = await admin.describeCluster();
  const existing = new Set(await admin.listTopics());
  const present = KEYS.filter((key) => existing.has(names[key]));
  const wanted = present.map((key) => names[key]);
  const { topics } = wanted.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: wanted });
  const metadata = new Map(topics.map(({ name, partitions }) => [name, partitions]));
  const { resources } =
    wanted.length === 0
      ? { resources: [] }
      : await admin.describeConfigs({
          includeSynonyms: false,
          resources: wanted.map((name) => ({
            type: ConfigResourceTypes.TOPIC,
            name,
            configNames: ['cleanup.policy', 'retention.ms', 'min.insync.replicas', 'compression.type'],
          })),
        });
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return KEYS.map((key): TopicState => {
    const topic = names[key];
    const partitions = metadata.get(topic);
    if (partitions === undefined) {
      return {
        topic,
        exists: false,
        partitions: 0,
        replication: 0,
        lagging: 0,
        problems: ['is missing'],
        advice: [],
        corrections: [],
      };
    }
    const config = configs.get(topic) ?? new Map<string, string>();
    const replication = Math.min(...partitions.map(({ replicas }) => replicas.length));
    const lagging = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length;
    const inSync = Number(config.get('min.insync.replicas') ?? 1);
    const advice = [...copiesAdvice(replication, inSync, brokers.length), ...compressionAdvice(key, config)];
    return {
      topic,
      exists: true,
      partitions: partitions.length,
      replication,
      lagging,
      problems: configProblems(key, config),
      advice,
      corrections: toCorrections(key, config, replication),
    };
  });
};
