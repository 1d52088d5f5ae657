/** Tests run the TypeScript sources through swc; types are checked by `npm test` before. */
// the Oracle driver reads and writes times in the zone of the process, and the services run in this one
process.env.TZ = 'UTC';

module.exports = {
  rootDir: '.',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/oracle-stand-in/test/**/*.test.ts'],
  testEnvironment: 'node',
  // a suite's globals go with its context; deleting each takes a twentieth of a quick run
  testEnvironmentOptions: { globalsCleanup: 'off' },
  watchman: false,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  testSequencer: '<rootDir>/test/support/longest-first.js',
  globalSetup: '<rootDir>/test/support/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.ts',
  // a suite runs in a context of its own, where each look at a global is slow
  sandboxInjectedGlobals: ['Math'],
  testTimeout: 180_000,
};
