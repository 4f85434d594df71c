/**
 * The tests that mutation testing runs: those of the folders that are mutated, and the short rules that stand
 * for the rest. Properties are left out, since each mutant would run all of them.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A mutant ends with the first test that fails. */
const SLOW = /\/(power|recovery|segment-cache)\.test\.ts$/;

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => Number(SLOW.test(a.moduleId)) - Number(SLOW.test(b.moduleId)));
  }
}

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['engine/{mvcc,watch,lease,log}/**/*.test.ts'],
    // Mutated code counts what it runs through.
    testTimeout: 60_000,
    deps: { interopDefault: false },
    // One thread that loads each module once: starting would cost more than the tests of most mutants.
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    sequence: { sequencer: QuickFirst },
  },
});

export default config;
