import { listStatements } from '../../../migrations';
import { END_UNANSWERED, EXPIRE_UNHANDED, endingExpression } from '../../../services/archiver/sql/end-messages';
import { MOVE_RULES } from '../../../services/archiver/sql/move-rules';
import { OFFERED_IF_OPEN } from '../../../services/archiver/sql/offer-again';
import { loadExchangeMapping } from '../../../shared/exchange/exchange-mapping';

/**
 * Oracle uses an index on an expression only for the same expression, and a hint only with an
 * existing name.
 */
describe('the indexes of the night job on Oracle', () => {
  const statements = listStatements('oracledb', loadExchangeMapping()).flatMap(({ up }) => up);

  it.each([
    ...MOVE_RULES.map(({ from, due: { oracledb } }) => [oracledb.index as string, from, oracledb.orderBy] as const),
    ...[END_UNANSWERED, EXPIRE_UNHANDED].map(
      (ending) => [ending.index, 'SM_SEND_T', endingExpression(ending)] as const,
    ),
    ['SM_RECEIVE_T_OPEN', 'SM_RECEIVE_T', OFFERED_IF_OPEN] as const,
    ['SM_SEND_T_LOG_ARCHIVED', 'SM_SEND_T_LOG', 'ARCHIVED_AT'] as const,
    ['SM_RECEIVE_T_LOG_ARCHIVED', 'SM_RECEIVE_T_LOG', 'ARCHIVED_AT'] as const,
  ])('include %s on %s (%s)', (index, table, expression) => {
    const made = statements.filter((sql) =>
      sql.startsWith(`CREATE INDEX ${index} ON ${table.toUpperCase()} (${expression}) `),
    );
    expect(made).toHaveLength(1);
  });
});
