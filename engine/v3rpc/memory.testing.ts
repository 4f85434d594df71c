/** What memory is held, after everything that nobody holds has been given back. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export function collect(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  return process.memoryUsage();
}
