import { type Database, forEngine, type PerEngine } from '../../shared/database/database';

type Positions = ReadonlyMap<number, number>;
type Row = { readonly partition_no: number | string; readonly next_offset: string };

const toPositions = (rows: readonly Row[]): Positions =>
  new Map(rows.map(({ partition_no, next_offset }) => [Number(partition_no), Number(next_offset)]));

const LOAD: PerEngine<(db: Database, groupId: string, topic: string) => Promise<Positions>> = {
  pg: async ({ query }, ...of) =>
    toPositions(
      (await query<Row>('SELECT partition_no, next_offset FROM relay_offset WHERE group_id = $1 AND topic = $2', of))
        .rows,
    ),
  oracledb: async ({ oracle }, ...of) =>
    toPositions(
      (
        await oracle.execute<Row>(
          'SELECT PARTITION_NO, NEXT_OFFSET FROM RELAY_OFFSET WHERE GROUP_ID = :1 AND TOPIC = :2',
          of,
        )
      ).rows,
    ),
};

/** Where the database says that the relay is; only looks, where the relay's own loading would create rows. @throws BridgeError DB_… */
export const loadRelayPositions = (db: Database, groupId: string, topic: string): Promise<Positions> =>
  forEngine(db.engine, LOAD)(db, groupId, topic);
