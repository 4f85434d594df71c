/** What a server has to say while it runs, one line each; information only with VARVE_DEBUG=1. */
import type { Logger } from '../../base/logger.ts';
import type { CliIo } from '../io.ts';

export function stderrLogger({ stderr, env }: CliIo): Logger {
  const isWordy = env['VARVE_DEBUG'] === '1';
  const say = (context: object, message = ''): void => {
    const details = Object.entries(context).map(([name, value]) => ` ${name}=${textOf(value)}`);
    stderr.write(`varve: ${message}${details.join('')}\n`);
  };
  const perhaps = isWordy ? say : (): void => {};
  return { debug: perhaps, info: perhaps, warn: say, error: say };
}

function textOf(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'bigint') return String(value);
  return JSON.stringify(value) ?? 'undefined';
}
