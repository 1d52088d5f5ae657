// Compiles the sources to `dist`, unless that is up to date. Plain Node.
import { buildWhenStale } from './prepare.mjs';

process.exit((await buildWhenStale()) ? 0 : 1);
