/**
 * Who may import whom. Inside `engine/` a file imports from its own folder and from layers below it;
 * folders of one layer do not know each other.
 *
 *     base < vfs < log < backend < types < types.ts < mvcc < lease, watch
 *          < txn < maintenance < bolt < the files of engine/ < wire < v3rpc, client < cli
 *
 * Outside, only doors count: what `package.json` exports. The harness gets `base/` as well, for its
 * seams: clocks, limits, errors; and the messages of the protocol, in which it asks servers. And it has a
 * door of its own to `mvcc/`, whose parts it puts on trial one by one; nobody else goes through that.
 */
import { read, referencesOf, type Source, sources } from './sources.ts';

const LAYERS: readonly (readonly string[])[] = [
  ['engine/base/'],
  ['engine/vfs/'],
  ['engine/log/'],
  ['engine/backend/'],
  ['engine/types/'],
  ['engine/types.ts'],
  ['engine/mvcc/'],
  ['engine/lease/', 'engine/watch/'],
  ['engine/txn/'],
  ['engine/maintenance/'],
  ['engine/bolt/'],
  ['engine/'],
  ['engine/wire/'],
  ['engine/v3rpc/', 'engine/client/'],
  ['engine/cli/'],
];

interface PackageJson {
  readonly exports: Record<string, string | { readonly default: string }>;
  readonly bin: Record<string, string>;
}
const { exports, bin } = JSON.parse(read('package.json')) as PackageJson;

/** Files that the outside world begins with. */
export const doors: readonly string[] = [
  ...Object.values(exports).map((entry) => (typeof entry === 'string' ? entry : entry.default)),
  ...Object.values(bin),
]
  .map((path) => path.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '.ts'))
  .filter((path) => path.endsWith('.ts'));

const HARNESS_DOORS: readonly string[] = ['engine/mvcc/index.ts'];
/** Descriptions of the protocol's messages: the harness asks servers in the protocol's own words. */
const PROTOCOL = 'engine/wire/generated/rpc_pb.ts';

/** Undefined if the import is in order. */
export function forbidden({ path }: Source, target: string): string | undefined {
  if (path.startsWith('engine/')) return forbiddenInEngine(path, target);
  if (!target.startsWith('engine/') || doors.includes(target)) return undefined;
  if (path.startsWith('harness/') && isSeam(target)) return undefined;
  return `${path} imports ${target}, which is no door of the engine`;
}

function isSeam(target: string): boolean {
  return (
    target === 'engine/types.ts' ||
    target === PROTOCOL ||
    target.startsWith('engine/base/') ||
    HARNESS_DOORS.includes(target)
  );
}

function forbiddenInEngine(path: string, target: string): string | undefined {
  if (!target.startsWith('engine/')) return `${path} imports ${target}, outside of engine/`;
  if (HARNESS_DOORS.includes(target)) return `${path} imports ${target}, the door of the harness`;
  const from = layerOf(path);
  const to = layerOf(target);
  if (to.rank < from.rank || to.folder === from.folder) return undefined;
  return `${path} imports ${target}, which is not below it`;
}

/** The longest match: `engine/` itself stands for the files right in it. */
function layerOf(path: string): { readonly rank: number; readonly folder: string } {
  let found = { rank: -1, folder: '' };
  for (const [rank, folders] of LAYERS.entries()) {
    for (const folder of folders) {
      const isLonger = folder.length > found.folder.length;
      if (path.startsWith(folder) && isLonger) found = { rank, folder };
    }
  }
  return found;
}

/** Folders of engine/ that no layer names: a new one has to be given its place first. */
export function foldersWithoutLayer(): string[] {
  const known = new Set(LAYERS.flat());
  const folders = sources.map(({ path }) => /^engine\/[^/]+\//.exec(path)?.[0]);
  return [...new Set(folders)].filter(
    (folder) => folder !== undefined && !known.has(folder),
  ) as string[];
}

/** Code that only its own tests import is dead. */
export function neverImported(isCode: (path: string) => boolean): string[] {
  const imported = new Set<string>([...doors, ...HARNESS_DOORS]);
  for (const source of sources) {
    const isFromCode = isCode(source.path);
    for (const target of referencesOf(source)) {
      if (isFromCode || !isCode(target)) imported.add(target);
    }
  }
  return sources.map(({ path }) => path).filter((path) => isCode(path) && !imported.has(path));
}
