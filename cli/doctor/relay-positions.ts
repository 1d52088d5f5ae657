import { type Database, forEngine, type PerEngine } from '../../shared/database/database';

type Positions = ReadonlyMap<number, number>;
type Row = { readonly partition_no: number | string; readonly next_offset: string };

const toPositions = (rows: readonly Row[]): Positions =>
  new Map(rows.map(({ partition_no, next_offset }) => [Number(partition_no), Number(next_offset)]));

const LOAD: PerEngine<(db: Database, groupId: string, topic: string) => Promise<Positions>> = {
  pg: async ({ query }, ...groupAndTopic) =>
    toPositions(
      (
        await query<Row>(
          'SELECT partition_no, next_offset FROM relay_offset WHERE group_id = $1 AND topic = $2',
          groupAndTopic,
        )
      ).rows,
    ),
  oracledb: async ({ oracle }, ...groupAndTopic) =>
    toPositions(
      (
        await oracle.execute<Row>(
          'SELECT PARTITION_NO, NEXT_OFFSET FROM RELAY_OFFSET WHERE GROUP_ID = :1 AND TOPIC = :2',
          groupAndTopic,
        )
      ).rows,
    ),
};

/**
 * Loads the relay's next offset by partition. Reads only: the relay's own function would create
 * missing rows.
 * @throws BridgeError DB_…
 */
export const loadRelayPositions = (db: Database, groupId: string, topic: string): Promise<Positions> =>
  forEngine(db.engine, LOAD)(db, groupId, topic);
