/** What the gateway asks of a logger: pino's way of calling, facts first. A pino logger fits as it is. */
export interface GatewayLogger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

type Level = keyof GatewayLogger;

/**
 * Writes at most so many lines a second, and says how many were left out. For lines that strangers can cause: a storm of refused
 * connections must not become a storm of log lines.
 */
export class LimitedLog {
  readonly #logger: GatewayLogger;
  readonly #linesPerSecond: number;
  #second = 0;
  #lines = 0;
  #suppressed = 0;

  constructor(logger: GatewayLogger, linesPerSecond: number) {
    this.#logger = logger;
    this.#linesPerSecond = linesPerSecond;
  }

  write(level: Level, facts: object, text: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
      if (this.#suppressed > 0) {
        this.#logger.warn({ suppressed: this.#suppressed }, 'similar lines were left out');
        this.#suppressed = 0;
      }
    }
    if (this.#lines >= this.#linesPerSecond) {
      this.#suppressed += 1;
      return;
    }
    this.#lines += 1;
    this.#logger[level](facts, text);
  }
}
