/** Shaped like pino, so that `open(directory, { logger: pino() })` works. Silent by default. @public */
export interface Logger {
  debug(context: object, message?: string): void;
  info(context: object, message?: string): void;
  warn(context: object, message?: string): void;
  /** Somebody should go and look. */
  error(context: object, message?: string): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
