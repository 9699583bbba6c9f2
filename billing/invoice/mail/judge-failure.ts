/**
 * What a failed attempt says. `never`: this mail will never be taken. `mail`: it was not taken now. `server`: the mail server takes none at the moment,
 * so that there is no use in trying others.
 */
export type Failure = 'never' | 'mail' | 'server';

/** In which a mail server judges a single mail; what it says to others is about us, or itself. */
const ABOUT_MAIL: readonly unknown[] = ['RCPT TO', 'DATA'];
/** Refusals of whoever is not let in (RFC 4954, RFC 3463 X.7.X): a wrong setting, or a policy, which somebody may put right. */
const POLICY = /^(?:530|535|538|\d{3}[ -]\d\.7\.\d+)/;
/** A server that says good-bye takes no mail, whatever it was asked. */
const CLOSING = 421;
/** Of the mail library: the connection, and what comes before a mail. */
const SERVER_CODES: readonly unknown[] = [
  'ECONNECTION',
  'ETIMEDOUT',
  'ESOCKET',
  'EDNS',
  'ETLS',
  'EPROTOCOL',
  'EAUTH',
  'EPROXY',
];

/** @param error what sending has thrown */
export function judgeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return 'mail';
  const { code, command, response, responseCode } = error as Partial<
    Record<'code' | 'command' | 'response', unknown>
  > & {
    readonly responseCode?: unknown;
  };
  if (typeof responseCode !== 'number') {
    if (SERVER_CODES.includes(code)) return 'server';
    // An address that no server would be asked about, or more than the server says it takes.
    return code === 'EENVELOPE' || code === 'EMESSAGE' ? 'never' : 'mail';
  }
  if (responseCode === CLOSING || !ABOUT_MAIL.includes(command)) return 'server';
  return responseCode >= 500 && !POLICY.test(String(response)) ? 'never' : 'mail';
}
