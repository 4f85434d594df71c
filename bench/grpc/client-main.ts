/** The client's process: does what it is told, one thing after the other, until its parent goes. */
import { ClientProgram } from './program.ts';

interface Order {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
type Method = (argument: unknown) => Promise<unknown>;

const [url, serverPid] = process.argv.slice(2);
const program = new ClientProgram(url!, Number(serverPid));

async function obey({ id, name, argument }: Order): Promise<void> {
  try {
    const method = program[name as keyof ClientProgram] as Method;
    process.send!({ id, result: await method.call(program, argument) });
  } catch (error) {
    process.send!({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit(0));
