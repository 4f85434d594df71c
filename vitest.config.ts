import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['{engine,harness,spec,bench}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // CommonJS packages look as they do in Node.
    deps: { interopDefault: false },
    pool: 'forks',
    maxWorkers: 3,
  },
});

export default config;
