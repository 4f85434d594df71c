/**
 * Repositories for tests, made by `git fast-import`, which writes what no work tree could hold (odd
 * path bytes, a submodule without its repository) in one process. `git ls-tree` is the judge.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Files = ReadonlyMap<string, string>;

export interface CommitSpec {
  readonly branch?: string;
  /** Marks: the number of an earlier commit, 1 for the first. Default: the branch's tip. */
  readonly from?: number;
  readonly merge?: number;
  /** Keys are latin1, one char a byte. `mode content`, or undefined to delete. */
  readonly changes?: Readonly<Record<string, readonly [mode: string, content: string] | undefined>>;
}

export class Repository {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'varve-git-'));
    this.git('init', '--quiet', '--bare', '--initial-branch=main', '.');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  git(...args: string[]): string {
    return this.#run(args).toString('latin1').trim();
  }

  /** Adds commits to `main` or their branch; may be called once, since marks begin at 1. */
  commit(specs: readonly CommitSpec[]): void {
    const stream = specs.map((spec, index) => fastImportCommit(spec, index + 1)).join('');
    this.#run(['fast-import', '--quiet', '--force'], Buffer.from(stream, 'latin1'));
  }

  /** path → `<mode> <id>`, paths in latin1. */
  files(commit: string): Files {
    const lines = this.#run(['ls-tree', '-r', '-z', commit]).toString('latin1').split('\0');
    return new Map(lines.slice(0, -1).map((line) => fileIn(line)));
  }

  firstParents(ref = 'main'): string[] {
    return this.git('rev-list', '--first-parent', '--reverse', ref).split('\n');
  }

  #run(args: readonly string[], input?: Buffer): Buffer {
    const options = { maxBuffer: 1 << 28, ...(input === undefined ? {} : { input }) };
    return execFileSync('git', ['-C', this.path, ...args], options);
  }
}

/** `<mode> <type> <id> TAB <path>` */
function fileIn(line: string): [string, string] {
  const tab = line.indexOf('\t');
  const [mode, , id] = line.slice(0, tab).split(' ');
  return [line.slice(tab + 1), `${mode} ${id}`];
}

function fastImportCommit(spec: CommitSpec, mark: number): string {
  const lines = [
    `commit refs/heads/${spec.branch ?? 'main'}`,
    `mark :${mark}`,
    `committer Test <test@example.com> ${1_700_000_000 + mark} +0000`,
    ...data(`commit ${mark}`),
    ...(spec.from === undefined ? [] : [`from :${spec.from}`]),
    ...(spec.merge === undefined ? [] : [`merge :${spec.merge}`]),
  ];
  for (const [path, change] of Object.entries(spec.changes ?? {})) {
    if (change === undefined) lines.push(`D ${quoted(path)}`);
    else if (change[0] === '160000') lines.push(`M 160000 ${change[1]} ${quoted(path)}`);
    else lines.push(`M ${change[0]} inline ${quoted(path)}`, ...data(change[1]));
  }
  return `${lines.join('\n')}\n\n`;
}

const data = (text: string): string[] => [`data ${text.length}`, text];

function quoted(path: string): string {
  return `"${path.replace(/[^\w./]/g, octal)}"`;
}

function octal(char: string): string {
  return `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

const file = (content: string): [string, string] => ['100644', content];

/** A bit of everything that git can do to a path, in 9 commits; 7 of them first-parent. */
export const ODD_HISTORY: readonly CommitSpec[] = [
  {
    changes: { 'a.txt': file('one\n'), 'dir/b.txt': file('two\n'), 'run.sh': file('#!/bin/sh\n') },
  },
  // A rename, a mode change, and the same content at another place.
  { changes: { 'a.txt': undefined, 'c.txt': file('one\n'), 'run.sh': ['100755', '#!/bin/sh\n'] } },
  {},
  { branch: 'side', from: 2, changes: { 'side.txt': file('side\n'), 'dir/b.txt': file('side\n') } },
  {
    changes: {
      'tab\there': file('1'),
      'line\nfeed': file('2'),
      ':100644 100644 a b M': file('3'),
      '-dash "quote" \\ back': file('4'),
      '\xff\xfe not utf-8': file('5'),
      'caf\xc3\xa9/\xe2\x82\xac': file('6'),
      '\x01': file(''),
    },
  },
  { branch: 'side', changes: { 'side.txt': undefined, 'other.txt': file('other\n') } },
  // Brings dir/b.txt and other.txt from the side, and a change of its own.
  {
    merge: 6,
    changes: { 'dir/b.txt': file('side\n'), 'other.txt': file('other\n'), 'c.txt': file('m') },
  },
  // A file becomes a directory, a link and a submodule come in.
  {
    changes: {
      'c.txt': undefined,
      'c.txt/now-a-directory': file('x'),
      link: ['120000', 'dir/b.txt'],
      sub: ['160000', '0123456789abcdef0123456789abcdef01234567'],
    },
  },
  // A file becomes a link: git calls it a type change.
  {
    changes: {
      'dir/b.txt': ['120000', '../link'],
      sub: undefined,
      '\xff\xfe not utf-8': undefined,
    },
  },
];
