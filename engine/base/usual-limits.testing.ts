/** Test files that share a worker share its modules: each leaves the limits as it found them. */
import { afterAll } from 'vitest';
import { limits } from './limits.ts';

const usual = { ...limits };
afterAll(() => {
  Object.assign(limits, usual);
});
