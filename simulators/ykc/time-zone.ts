import { invalidOption } from '../station/errors.ts';

const HALF_HOUR_MS = 1_800_000;

/** What wall clocks of a zone are ahead of UTC. */
export class TimeZone {
  readonly #fixedMs: number | undefined;
  readonly #format: Intl.DateTimeFormat | undefined;
  /** Zones change their offset at half hours of UTC at the finest. */
  #cached = { halfHour: Number.NaN, offsetMs: 0 };

  /**
   * @param name an IANA zone, or an offset like `+08:00`
   * @throws invalidOption
   */
  constructor(name: string) {
    const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(name);
    if (offset !== null) {
      const minutes = Number(offset[2]) * 60 + Number(offset[3]);
      this.#fixedMs = (offset[1] === '-' ? -1 : 1) * minutes * 60_000;
      return;
    }
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    } catch (error) {
      throw invalidOption({ option: 'timeZone', reason: `${name} is no time zone` }, error);
    }
  }

  /** Milliseconds to be added to UTC at an instant. */
  offsetMs(at: number): number {
    if (this.#format === undefined) return this.#fixedMs ?? 0;
    const halfHour = Math.floor(at / HALF_HOUR_MS);
    if (halfHour !== this.#cached.halfHour) {
      const text = this.#format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
      const size = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
      this.#cached = { halfHour, offsetMs: sign === '-' ? -size : size };
    }
    return this.#cached.offsetMs;
  }
}
