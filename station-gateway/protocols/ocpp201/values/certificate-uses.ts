/** 2.0.1 gives the root of our own certificate another name than 1.6, whose word is the neutral one. */
const OURS = 'CentralSystemRootCertificate';
const THEIRS = 'CSMSRootCertificate';

/** InstallCertificateUseEnumType, GetCertificateIdUseEnumType (OCPP 2.0.1 Part 2 §3.36, §3.42). */
export function toCertificateUse<U extends string>(use: U): Exclude<U, typeof OURS> | typeof THEIRS {
  return use === OURS ? THEIRS : (use as Exclude<U, typeof OURS>);
}

export function fromCertificateUse<U extends string>(use: U): Exclude<U, typeof THEIRS> | typeof OURS {
  return use === THEIRS ? OURS : (use as Exclude<U, typeof THEIRS>);
}
