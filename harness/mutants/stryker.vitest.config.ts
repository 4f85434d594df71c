/**
 * The tests that mutation testing runs: those of the folders that are mutated, and the short rules that stand
 * for the rest. Properties are left out, since each mutant would run all of them.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['engine/{mvcc,watch,lease,log}/**/*.test.ts'],
    testTimeout: 20_000,
    deps: { interopDefault: false },
    pool: 'forks',
    maxWorkers: 1,
  },
});

export default config;
