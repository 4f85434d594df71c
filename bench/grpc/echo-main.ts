/** The echo server's process: says where it listens, in one line, and runs until it is killed. */
import { startEcho } from './echo.ts';

async function main(): Promise<void> {
  const { url } = await startEcho();
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}

void main();
