const DAY_NAMES = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/** Wall time at a place. */
export interface LocalTime {
  /** `2024-01-15` */
  readonly date: string;
  /** `09:30` */
  readonly time: string;
  readonly day: (typeof DAY_NAMES)[number];
}

/** Tells wall time in a zone; formatters are slow to make. */
export class LocalClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  }

  at(epochMs: number): LocalTime {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(epochMs)) parts[type] = value;
    const { year = '', month = '', day = '', hour = '', minute = '' } = parts;
    const date = `${year}-${month}-${day}`;
    return { date, time: `${hour}:${minute}`, day: DAY_NAMES[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'SUNDAY' };
  }
}
