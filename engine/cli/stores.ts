/**
 * Opens the store a command works on. Commands that read never create, change or need to write the
 * directory; of those that write, only the ones that can begin a store create one.
 */
import { open } from '../index.ts';
import type { EmbeddedStore, OpenOptions } from '../types.ts';
import { argument, type Call } from './command.ts';

export function openToRead(call: Call): Promise<EmbeddedStore> {
  return open(argument(call, 0), { readOnly: true, createIfMissing: false });
}

export function openToWrite(directory: string, options: OpenOptions): Promise<EmbeddedStore> {
  return open(directory, options);
}
