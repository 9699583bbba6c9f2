import { cutText } from '../persistence/storable-text.ts';

const MAX_FLAGS = 20;
const MAX_FLAG_LENGTH = 200;

/**
 * Takes a station's texts as they are, within reason: what is longer than we keep is cut and flagged `text-cut:<field>`. Flags begin with
 * what the gateway found odd.
 */
export class FactText {
  readonly #flags: string[];

  constructor(oddities: readonly string[] | undefined) {
    this.#flags = (oddities ?? []).map((oddity) => oddity.slice(0, MAX_FLAG_LENGTH));
  }

  get flags(): readonly string[] {
    return this.#flags.slice(0, MAX_FLAGS).map((flag) => cutText(flag, MAX_FLAG_LENGTH, () => {}));
  }

  flag(...flags: readonly string[]): void {
    this.#flags.push(...flags);
  }

  /** The text, cut to so many characters. Absent and null stay null. */
  read(field: string, value: string | null | undefined, maxLength: number): string | null {
    if (value === null || value === undefined) return null;
    return cutText(value, maxLength, () => this.#flags.push(`text-cut:${field}`));
  }
}
