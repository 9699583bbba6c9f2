/** Variables that hold the password with which a station comes in (OCPP 1.6 security extension; 2.0.1). */
const KEY_VARIABLES: ReadonlySet<string> = new Set(['authorizationkey', 'basicauthpassword']);

/** Whether setting the variable changes the station's password. Names are compared without regard to case. */
export function isKeyVariable(name: string): boolean {
  return KEY_VARIABLES.has(name.toLowerCase());
}
