/**
 * The condition on `csms.sample_kinds k` for the register that energy is billed by: what `isBillingRegister` in
 * `samples/normalise-sample.ts` says of a sample at hand.
 */
export const IS_BILLING_REGISTER_KIND = `k.measurand = 'Energy.Active.Import.Register' and k.phase is null and k.unit = 'Wh'
  and k.basis = 'register' and (k.location is null or k.location = 'Outlet') and (k.format is null or k.format = 'Raw')`;
