/** Why a remote start failed, `failReason` of 0x33 and 0xA3. */
export const START_FAILURES: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'pile number mismatch',
  2: 'gun already charging',
  3: 'pile fault',
  4: 'pile offline',
  5: 'gun not plugged in',
};

/** Why a remote stop failed, `failReason` of 0x35. */
export const STOP_FAILURES: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'pile number mismatch',
  2: 'not charging',
  3: 'other',
};
