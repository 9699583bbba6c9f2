/**
 * What can be odd about a transaction, as data. A flag is shown to people; a flag that `holds` also keeps the transaction from being
 * billed until a person has looked. Only the impossible holds.
 */
export const TRANSACTION_FLAGS = {
  'clock-corrected': {
    holds: false,
    meaning: 'The station’s clock was off; times were moved by the measured difference.',
  },
  'clock-unreliable': { holds: true, meaning: 'The station’s clock was too far off to be corrected.' },
  'time-missing': { holds: false, meaning: 'A time was missing or unreadable; the time of receipt stands in.' },
  'time-disordered': { holds: false, meaning: 'The end lies before the start.' },
  'schema-violation': {
    holds: false,
    meaning: 'A message did not follow the protocol’s schema and was read leniently.',
  },
  'station-not-accepted': { holds: true, meaning: 'The station was not (yet) accepted when it reported the start.' },
  'start-provisional': {
    holds: false,
    meaning: 'The start is when we first heard of the charge: its protocol tells the true one with the end.',
  },
  'name-unknown': {
    holds: false,
    meaning: 'The charge runs under a name that only we give, and that we never gave: nobody is known who would pay.',
  },
  'start-refused': {
    holds: false,
    meaning:
      'The charge ran under a name whose start had been refused, or was void: nobody is charged for it by its token.',
  },
  'start-missing': { holds: true, meaning: 'An end was reported for a transaction whose start we never saw.' },
  'start-repeated': {
    holds: false,
    meaning: 'The same start was reported again after this transaction’s twin had ended.',
  },
  'evse-missing': { holds: false, meaning: 'The start named no EVSE, or the station as a whole.' },
  'evse-conflict': { holds: false, meaning: 'Reports named different EVSEs; the first one counts.' },
  'reports-missing': {
    holds: false,
    meaning: 'By their numbers, reports about the transaction are missing; the registers decide all the same.',
  },
  'name-repeated': {
    holds: false,
    meaning: 'The station had given the name of this transaction to an earlier one already.',
  },
  'start-overlapping': {
    holds: false,
    meaning: 'The EVSE reported a start that lies before another running transaction’s start.',
  },
  'stop-missing': {
    holds: true,
    meaning: 'The station never reported the end; it was worked out from the last sample.',
  },
  'stop-conflict': {
    holds: true,
    meaning: 'The end was reported twice with different contents; the first one counts.',
  },
  'offline-start': { holds: false, meaning: 'The start was reported late, after it had happened.' },
  'master-pass-start': {
    holds: false,
    meaning: 'A master pass was shown to start; it stops transactions only, and was refused.',
  },
  concurrent: { holds: false, meaning: 'The token was in use in another transaction at the same time.' },
  'meter-start-missing': { holds: false, meaning: 'No register at the start; the first sample stands in.' },
  'meter-stop-missing': { holds: false, meaning: 'No register at the end; the last sample stands in.' },
  'meter-start-ignored': {
    holds: false,
    meaning: 'The register at the start was 0 and the next one a lifetime total; the energy counts from the next one.',
  },
  'meter-backwards': {
    holds: false,
    meaning: 'The register went back, or a sample lay off its course; what lay off was left out.',
  },
  'meter-restarted': {
    holds: false,
    meaning: 'The register restarted on the way; where the end lies below the start, the parts were added.',
  },
  'meter-rollover': { holds: false, meaning: 'The register ran over its last digit; the parts were added.' },
  'meter-unreadable': {
    holds: true,
    meaning: 'A register at the start or the end is no number that a meter can show.',
  },
  'unit-suspect': {
    holds: false,
    meaning: 'Samples and registers differ by a factor of 1,000: kWh sent as Wh, or the other way.',
  },
  'energy-ambiguous': {
    holds: true,
    meaning: 'The register fell on the way, and the registers at both ends do not say what that was worth.',
  },
  'energy-unknown': { holds: true, meaning: 'There is no pair of registers or samples to tell the energy by.' },
  'energy-negative': { holds: true, meaning: 'The register at the end is below the one at the start.' },
  'energy-impossible': { holds: true, meaning: 'More energy than 1.1 × rated power × time.' },
  'energy-from-bill': {
    holds: false,
    meaning: 'No pair of registers tells the energy; it is the one on the station’s own bill.',
  },
  'bill-differs': {
    holds: true,
    meaning:
      'The station’s own bill and what it measured lie more than 20 Wh and 1 % apart, or its line loses more than 20 %.',
  },
  'bill-inconsistent': {
    holds: false,
    meaning:
      'The parts of the station’s own bill do not add up, or it counts less with the loss of the line than without.',
  },
  'bill-conflict': {
    holds: true,
    meaning: 'The station sent two different bills of its own; the first one counts.',
  },
  'sample-conflict': {
    holds: false,
    meaning: 'The same sample was reported twice with different values; both are kept.',
  },
  'sample-late': { holds: false, meaning: 'Samples arrived after the end.' },
} as const satisfies Record<string, { holds: boolean; meaning: string }>;

export type TransactionFlag = keyof typeof TRANSACTION_FLAGS;

/** The flags among these that keep a transaction from being billed. Unknown ones (from a newer version's data) hold nothing. */
export function holdsOf(flags: Iterable<string>): string[] {
  const holds: string[] = [];
  for (const flag of flags) if (TRANSACTION_FLAGS[flag as TransactionFlag]?.holds) holds.push(flag);
  return holds;
}
