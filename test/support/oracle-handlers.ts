import { ANSWERS_DEFINITIONS } from './oracle-answers';
import { FILL_IN_DEFINITION } from './oracle-fill-in';
import type { HandlerModule } from './oracle-server/run-oracle-server';

/** What the stand-in knows of our PL/SQL when it is a process of its own. */
export const definitions: HandlerModule['definitions'] = { ...FILL_IN_DEFINITION, ...ANSWERS_DEFINITIONS };
