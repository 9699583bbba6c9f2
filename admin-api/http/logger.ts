/** What the API asks of a logger: pino's way of calling, facts first. A pino logger fits as it is. */
export interface ApiLogger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}
