/**
 * Assertions stay on in production: a broken invariant must stop the store before it reaches the disk.
 * An AssertionError is a bug in Varve, never the caller's mistake (that is a VarveError); the store that
 * meets one is poisoned: every later write rejects.
 */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** The message is a function so that the hot path never builds a string. */
export function assert(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new AssertionError(message());
}

/** For the default branch of a switch that must be exhaustive. */
export function assertNever(value: never, what: string): never {
  throw new AssertionError(`${what} is not one of the known cases: ${String(value)}`);
}
