/**
 * The files that the style is checked on, read once and parsed by the compiler itself. Paths are relative
 * to the top of the repository and joined with '/'.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly tree: ts.SourceFile;
}

const top = fileURLToPath(new URL('../..', import.meta.url));
/** Made by tools, or data that stands for itself. */
const SKIPPED: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'coverage',
  'fixtures',
  'generated',
]);

export const topLevelNames: readonly string[] = readdirSync(top);

/** Every file below the top level's folders and on it, dot-folders left out. */
export const allPaths: readonly string[] = walk('');

export const sources: readonly Source[] = allPaths
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = read(path);
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    return { path, text, lines: text.split('\n'), tree };
  });

export function read(path: string): string {
  return readFileSync(`${top}/${path}`, 'utf8');
}

/** Beside the code, but not the code: tests, the suites that several tests run, and their helpers. */
export function isTest(path: string): boolean {
  return /\.(test|contract|testing)\.ts$/.test(path);
}

/** Every node of the tree, parents first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node, void, void> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** `path:line` of a node, as terminals make it clickable. */
export function placeOf({ path, tree }: Source, node: ts.Node): string {
  return `${path}:${lineOf(tree, node.getStart(tree))}`;
}

export function lineOf(tree: ts.SourceFile, position: number): number {
  return tree.getLineAndCharacterOfPosition(position).line + 1;
}

/**
 * The repository's own files that this one names, by import or by any other relative path to a `.ts` or
 * built `.js` file: a child process is started by URL.
 */
export function referencesOf({ path, tree }: Source): string[] {
  const found = new Set<string>();
  for (const node of nodesOf(tree)) {
    if (ts.isStringLiteralLike(node) && /^\.\.?\/.*\.[jt]s$/.test(node.text)) {
      const target = posix.join(posix.dirname(path), node.text);
      found.add(target.replace(/\.js$/, '.ts'));
    }
  }
  return [...found];
}

function walk(directory: string): string[] {
  return readdirSync(`${top}/${directory}`, { withFileTypes: true }).flatMap((entry) => {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}
