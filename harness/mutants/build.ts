/**
 * Builds with one mutant in them. The clean sources are compiled once (`harness/build.ts`); a mutant's build
 * is a directory of hard links to that, but for the one file, which is compiled anew without looking at
 * types. Links and not symbolic links: Node resolves those, and would import the clean neighbours.
 *
 *     node_modules/.cache/varve-test-build/<state of the sources>/engine/mvcc/hash.js     the clean one
 *     node_modules/.cache/varve-mutants/<process>-7/engine/mvcc/hash.js                   the mutant's
 *     node_modules/.cache/varve-mutants/<process>-7/engine/…                              links
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type ts from 'typescript';
import { type Mutant, mutated } from './mutant.ts';

export interface MutantBuild {
  /** Holds `engine/`, `harness/` and `spec/`. */
  readonly directory: string;
  dispose(): void;
}

export class Workshop {
  readonly #typescript: typeof ts;
  readonly #root: string;
  readonly #clean: string;
  readonly #options: ts.CompilerOptions;
  /** Relative paths: folders before what lies in them. */
  readonly #folders: readonly string[];
  readonly #files: readonly string[];
  #count = 0;

  private constructor(typescript: typeof ts, root: string, clean: string) {
    this.#typescript = typescript;
    this.#root = root;
    this.#clean = clean;
    this.#options = compilerOptions(typescript, root);
    const entries = COMPILED_FOLDERS.flatMap((folder) => [
      { path: folder, isFolder: true },
      ...entriesIn(clean, folder),
    ]);
    this.#folders = entries.filter(({ isFolder }) => isFolder).map(({ path }) => path);
    this.#files = [
      'package.json',
      ...entries.filter(({ isFolder }) => !isFolder).map(({ path }) => path),
    ];
  }

  /** Compiles the clean sources if they changed. Throws where there are no sources to compile. */
  static async open(): Promise<Workshop> {
    const { typescript, root, compiled } = await sourcesAtHand();
    const workshop = new Workshop(typescript, root, compiled());
    workshop.#removeOld();
    return workshop;
  }

  /** The repository's top. */
  get root(): string {
    return this.#root;
  }

  /** With the mutant, or as it should be. */
  build(mutant?: Mutant): MutantBuild {
    const changed = mutant && {
      file: mutant.file.replace(/\.ts$/, '.js'),
      text: this.compile(mutant),
    };
    const directory = join(this.#parent, `${process.pid}-${this.#count++}`);
    const dispose = (): void => rmSync(directory, { recursive: true, force: true });
    try {
      for (const folder of this.#folders) mkdirSync(join(directory, folder), { recursive: true });
      for (const file of this.#files) {
        if (file !== changed?.file) linkOrCopy(join(this.#clean, file), join(directory, file));
      }
      if (changed !== undefined) writeFileSync(join(directory, changed.file), changed.text);
    } catch (error) {
      dispose();
      throw error;
    }
    return { directory, dispose };
  }

  /** The mutant's file as JavaScript. */
  compile(mutant: Mutant): string {
    return this.#compileText(mutated(this.#read(mutant.file), mutant), mutant.file);
  }

  /** The same file as it should be. */
  compileClean({ file }: Mutant): string {
    return this.#compileText(this.#read(file), file);
  }

  #read(file: string): string {
    return readFileSync(join(this.#root, file), 'utf8');
  }

  #compileText(source: string, fileName: string): string {
    const { outputText, diagnostics = [] } = this.#typescript.transpileModule(source, {
      fileName,
      compilerOptions: this.#options,
      reportDiagnostics: true,
    });
    if (diagnostics.length === 0) return outputText;
    const problems = diagnostics.map(({ messageText }) =>
      this.#typescript.flattenDiagnosticMessageText(messageText, '\n'),
    );
    throw new Error(`${fileName} does not compile: ${problems.join('; ')}`);
  }

  /** Beside the clean build, so that imports of packages resolve. */
  get #parent(): string {
    return join(dirname(dirname(this.#clean)), 'varve-mutants');
  }

  /** What runs left behind that were killed; recent ones may be in use by another run. */
  #removeOld(): void {
    if (!existsSync(this.#parent)) return;
    for (const name of readdirSync(this.#parent)) {
      const path = join(this.#parent, name);
      const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (ageMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
    }
  }
}

/** What a child needs of the build. */
const COMPILED_FOLDERS = ['engine', 'harness', 'spec'];
const KEPT_MS = 60 * 60 * 1000;

interface Sources {
  readonly typescript: typeof ts;
  readonly root: string;
  readonly compiled: () => string;
}

/** The package is published without its sources and without a compiler. */
async function sourcesAtHand(): Promise<Sources> {
  try {
    const { default: typescript } = await import('typescript');
    const { compiled, repositoryRoot: root } = await import('../build.ts');
    if (!existsSync(join(root, 'engine', 'index.ts'))) throw new Error(`${root} has no sources`);
    return { typescript, root, compiled };
  } catch (cause) {
    throw new Error(
      'mutants are built from the sources: run this in a clone of the repository, after npm install',
      { cause },
    );
  }
}

/** Those of `tsconfig.json`; a file by itself has no declarations. */
function compilerOptions(typescript: typeof ts, root: string): ts.CompilerOptions {
  const { config } = typescript.readConfigFile(join(root, 'tsconfig.json'), (path) =>
    readFileSync(path, 'utf8'),
  ) as { readonly config: { readonly compilerOptions: object } };
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const { rootDir: _rootDir, outDir: _outDir, ...ofOneFile } = options;
  return {
    ...ofOneFile,
    declaration: false,
    isolatedDeclarations: false,
    // By itself a file does not know that its package is one of ES modules.
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
  };
}

function entriesIn(clean: string, folder: string): { path: string; isFolder: boolean }[] {
  const entries = readdirSync(join(clean, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [{ path, isFolder: false }];
    return [{ path, isFolder: true }, ...entriesIn(clean, path)];
  });
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // A file system without hard links.
    copyFileSync(from, to);
  }
}
