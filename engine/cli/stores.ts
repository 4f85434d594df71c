/**
 * Opens the store a command works on: the directory that is its first argument, or what a server has, with
 * `--endpoint`. Commands that read never create, change or need to write the directory; of those that
 * write, only the ones that can begin a store create one.
 */
import { open } from '../open.ts';
import type { EmbeddedStore, OpenOptions, Store } from '../types.ts';
import { argument, type Call } from './command.ts';
import { connectTo } from './endpoint.ts';

export async function openToRead(call: Call): Promise<Store> {
  return (await connectTo(call)) ?? openDirectory(call);
}

/** `options` are for a directory; a server has its own. */
export async function openToWrite(call: Call, options: OpenOptions): Promise<Store> {
  return (await connectTo(call)) ?? open(argument(call, 0), options);
}

/** For commands that need what only a store in this process can do. */
export function openDirectory(call: Call): Promise<EmbeddedStore> {
  return open(argument(call, 0), { readOnly: true, createIfMissing: false });
}
