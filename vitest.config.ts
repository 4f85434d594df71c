import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that put something else in a module's place, or weigh the process they run in. */
const ALONE = [
  'engine/vfs/node-fs-calls.test.ts',
  'engine/v3rpc/{watch-flow,idle,hostile,hostile-streams}.test.ts',
  'harness/soak/*.test.ts',
];

/**
 * What takes longest, so that no worker is left with it at the end; of what starts processes one at first, since
 * that one builds what they run.
 */
const SLOW = [
  /\/readme\/tour/,
  /\/etcdctl\.test|\/cases-grpc\//,
  /\/command\.test|-process\.test|\/import-git\.test|\/properties\/store|\/bench\.test/,
  /\/(kills|cluster|cluster-trial|conformance|snapshots|endpoint|metamorphic\.property)\.test/,
];

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

/** Those that are alone come together, since a worker that is shared ends when one of them is next. */
function rankOf({ moduleId, project }: TestSpecification): number {
  if (project.config.isolate) return -1;
  const rank = SLOW.findIndex((slow) => slow.test(moduleId));
  return rank < 0 ? SLOW.length : rank;
}

const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // CommonJS packages look as they do in Node.
    deps: { interopDefault: false },
    pool: 'forks',
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['{engine,harness,spec,bench}/**/*.test.ts'],
          exclude: ALONE,
          // Modules are loaded once a worker.
          isolate: false,
          setupFiles: ['engine/base/usual-limits.testing.ts'],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});

export default config;
