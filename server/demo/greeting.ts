export interface GreetingFacts {
  readonly http: string;
  readonly ocpp: string;
  readonly email: string;
  /** null: somebody has chosen another one, or it came from the environment; it is not shown. */
  readonly password: string | null;
  readonly stations: number;
  readonly site: string;
  readonly dataDir: string;
}

/** What the demo tells a newcomer: where things are, how to log in, and two commands to see something happen. */
export function greeting(facts: GreetingFacts): string {
  const { http, ocpp, email, password, stations, site, dataDir } = facts;
  const credentials = JSON.stringify({ email, password: password ?? '<your password>' });
  return `
The Voltpile demo is running: ${stations} simulated stations at "${site}" charge in real time.
Everything is kept in ${dataDir}; delete that folder to begin anew.

  API             ${http}/api/v1
  Documentation   ${http}/api/v1/docs
  Log in as       ${email}
  with password   ${password ?? 'the one that you have set'}
  OCPP            ${ocpp}/{stationId}

In another terminal, log in:

  TOKEN=$(curl -s ${http}/api/v1/auth/login -H 'Content-Type: application/json' \\
    -d '${credentials}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')

see what is charging (the first cars plug in within seconds):

  curl -s -H "Authorization: Bearer $TOKEN" '${http}/api/v1/transactions?status=active'

and watch it live:

  curl -sN -H "Authorization: Bearer $TOKEN" ${http}/api/v1/events

Ctrl-C ends the charges, then the server.
`;
}
