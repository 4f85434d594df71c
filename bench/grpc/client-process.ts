/** The client program in a process of its own; or in this one, where there is nothing compiled to run. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ClientProgram } from './program.ts';

type Name = Exclude<keyof ClientProgram, 'close'>;
type Argument<N extends Name> = Parameters<ClientProgram[N]>[0];
type Result<N extends Name> = Awaited<ReturnType<ClientProgram[N]>>;
type Method = (argument: unknown) => Promise<unknown>;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
type Settle = (answer: Answer) => void;

export interface Target {
  readonly url: string;
  readonly pid: number;
}

export class ClientProcess {
  readonly #program: ClientProgram | undefined;
  readonly #child: ChildProcess | undefined;
  readonly #waiting = new Map<number, Settle>();
  #orders = 0;

  constructor({ url, pid }: Target, inProcess: boolean) {
    if (inProcess) {
      this.#program = new ClientProgram(url, pid);
      return;
    }
    const script = fileURLToPath(import.meta.url).replace(
      /client-process(\.[jt]s)$/,
      'client-main$1',
    );
    this.#child = fork(script, [url, String(pid)]);
    this.#child.on('message', (answer: Answer) => this.#settle(answer));
    this.#child.on('exit', (code, signal) => {
      const error = `the client program ended with ${code ?? signal}`;
      for (const id of this.#waiting.keys()) this.#settle({ id, error });
    });
  }

  async do<N extends Name>(name: N, argument: Argument<N>): Promise<Result<N>> {
    if (this.#program !== undefined) {
      const method = this.#program[name] as unknown as Method;
      return (await method.call(this.#program, argument)) as Result<N>;
    }
    const id = ++this.#orders;
    return await new Promise<Result<N>>((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as Result<N>);
        else reject(new Error(`${name}: ${error}`));
      });
      this.#child!.send({ id, name, argument });
    });
  }

  close(): void {
    this.#program?.close();
    if (this.#child?.connected === true) this.#child.disconnect();
  }

  #settle(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
