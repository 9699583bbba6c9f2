const IS_IMPORTED_ENERGY_KIND = `k.measurand = 'Energy.Active.Import.Register' and k.phase is null and k.unit = 'Wh'
  and (k.location is null or k.location = 'Outlet') and (k.format is null or k.format = 'Raw')`;

/**
 * The condition on `csms.sample_kinds k` for the register that energy is billed by: what `isBillingRegister` in
 * `samples/normalise-sample.ts` says of a sample at hand.
 */
export const IS_BILLING_REGISTER_KIND = `${IS_IMPORTED_ENERGY_KIND} and k.basis = 'register'`;

/** The same for `isSessionEnergy`: energy that counts from the start of the charge. */
export const IS_SESSION_ENERGY_KIND = `${IS_IMPORTED_ENERGY_KIND} and k.basis = 'session'`;

/** Either of the two. */
export const IS_ENERGY_KIND = IS_IMPORTED_ENERGY_KIND;
