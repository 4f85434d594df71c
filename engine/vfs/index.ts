/**
 * The door `varve/vfs`: the contract of a file system, the real one, and one in memory. Implement
 * FileSystem to put a store anywhere else.
 */
export type { File, FileSystem, Lock, OpenMode } from './fs.ts';
export { memoryFs } from './memory-fs.ts';
export { nodeFs } from './node-fs.ts';
