/** Where the contract suites play, and what they share. */
import { expect } from 'vitest';
import type { FileSystem } from './fs.ts';

/** `directory` exists, is empty, and is the suite's own until `dispose`. */
export interface Playground {
  readonly fs: FileSystem;
  readonly directory: string;
  dispose(): void;
}

/** Tells where the current test plays; valid inside tests only. */
export type CurrentPlayground = () => Playground;

export function create(playground: Playground, path: string, text: string): void {
  const file = playground.fs.open(path, 'create');
  file.writeAt(Buffer.from(text), 0);
  file.close();
}

export function textOf(playground: Playground, path: string): string {
  const file = playground.fs.open(path, 'read');
  const bytes = Buffer.alloc(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes.toString();
}

/** Matches what an operating system's error shows to programs. */
export function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}
