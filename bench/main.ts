/**
 * `npm run bench`: runs suites one after the other, prints a table for each, and at the end every goal
 * with its verdict. A missed goal is no failure of the run: the exit code is 0 if everything ran.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf } from './environment.ts';
import type { Figure } from './figure.ts';
import { type CommandLine, parseCommandLine, USAGE } from './options.ts';
import { installedPeers } from './peers/index.ts';
import { Bench } from './suite.ts';
import { suites } from './suites/index.ts';
import { goalsOf, tableOf } from './table.ts';

const print = (text: string): void => {
  process.stdout.write(text);
};

/** On a terminal, in place; else not at all. */
const progress = (text: string): void => {
  if (!process.stderr.isTTY) return;
  process.stderr.write(text === '' ? CLEAR_LINE : `${CLEAR_LINE}${text} …`);
};

const CLEAR_LINE = '\r\u001b[K';

async function main(args: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(args);
  const { names, keys, rounds, turnMs, steadyMs, revisionsMax, docs, date } = commandLine;
  const usual = suites.filter(({ onlyWhenNamed }) => onlyWhenNamed !== true);
  const chosen = names.length === 0 ? usual : suites.filter(({ name }) => names.includes(name));
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const known = suites.map(({ name }) => name).join(', ');
    throw new Error(`no suite is called ${unknown.join(', ')}; there are ${known}`);
  }
  const { peers, skipped } = commandLine.peers
    ? installedPeers()
    : { peers: [], skipped: ['peers are left out: --no-peers'] };
  const directory = mkdtempSync(join(commandLine.directory, 'varve-bench-'));
  cleanUpWhenStopped(directory);
  const environment = environmentOf(directory, commandLine.date, peers);
  print(`${describe(environment)}${skipped.map((line) => `${line}\n`).join('')}`);

  const amounts = { keys, rounds, turnMs, steadyMs, revisionsMax };
  const bench = new Bench({
    ...amounts,
    docs,
    date,
    directory,
    peers,
    inProcess: false,
    progress,
  });
  const results: { readonly suite: string; readonly figures: readonly Figure[] }[] = [];
  try {
    for (const suite of chosen) {
      progress(suite.title);
      const figures = await suite.run(bench);
      progress('');
      print(tableOf(suite.title, figures));
      results.push({ suite: suite.name, figures });
    }
  } finally {
    await bench.close();
  }
  print(goalsOf(results.flatMap(({ figures }) => figures)));
  save(commandLine, { environment, ...amounts, results });
}

/** A run that is broken off would leave gigabytes behind. */
function cleanUpWhenStopped(directory: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(directory, { recursive: true, force: true });
      process.exit(1);
    });
  }
}

function describe(environment: ReturnType<typeof environmentOf>): string {
  const { varve, node, cpu, cores, kernel, fileSystem, date, loadAverage, peers } = environment;
  const others = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    `varve ${varve}, node ${node}, ${cpu} x ${cores}, ${kernel}, ${fileSystem}, ${date}, load ${loadAverage.toFixed(1)}\n`,
    others.length > 0 ? `peers: ${others.join(', ')}\n` : '',
  ].join('');
}

function save({ json }: CommandLine, run: object): void {
  if (json === undefined) return;
  writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`);
  print(`\nwritten to ${json}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
});
