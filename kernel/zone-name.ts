/** `Europe/Berlin`, `UTC`, `Etc/GMT+5`; not the bare offsets that Intl takes as well. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/;

/** Whether this is a zone of the IANA database. */
export function isZoneName(name: string): boolean {
  return zoneName(name) !== undefined;
}

/** A zone of the IANA database as it is usually written (`europe/berlin` is `Europe/Berlin`); undefined when there is none of that name. */
export function zoneName(name: string): string | undefined {
  try {
    return NAME.test(name) ? new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone : undefined;
  } catch {
    return undefined;
  }
}
