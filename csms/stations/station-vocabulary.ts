/**
 * How a station names what can be read and set in it: `keys` stand alone (OCPP 1.6 §9), variables belong to `components` (OCPP 2.0.1 part
 * 2 §2). Dialects differ in what they carry, and that a station's last connection has told.
 */
export type Vocabulary = 'keys' | 'components';

/** @param capabilities of the station's last connection: a station that can report its components has them */
export function vocabularyOf(capabilities: readonly string[]): Vocabulary {
  return capabilities.includes('get-base-report') ? 'components' : 'keys';
}
