/** `npm run soak`: exits with 1 if a guarantee was broken or memory grew. */
import { writeFileSync } from 'node:fs';
import { parseCommandLine, type SoakOptions, USAGE } from './options.ts';
import { reportOf, summaryOf } from './report.ts';
import { soak } from './watch-soak.ts';

async function run(options: SoakOptions): Promise<void> {
  const result = await soak(options);
  process.stdout.write(`${summaryOf(result)}\n`);
  for (const problem of result.problems) process.stdout.write(`${problem}\n`);
  if (options.report !== undefined) writeFileSync(options.report, reportOf(result));
  if (result.problems.length > 0 || !result.growth.isFlat) process.exitCode = 1;
}

let options: SoakOptions | undefined;
try {
  options = parseCommandLine(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
if (options !== undefined) void run(options);
