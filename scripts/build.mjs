// Compiles the sources to `dist` unless that was done since the last change. Plain Node.
import { buildWhenStale } from './prepare.mjs';

process.exit((await buildWhenStale()) ? 0 : 1);
