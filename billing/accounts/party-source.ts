import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { AccountsPort } from '../contract/accounts.ts';
import type { PartySource } from '../invoice/sources.ts';

/** Accounts as they stand on their invoices. */
export function createPartySource(accounts: Pick<AccountsPort, 'get'>): PartySource {
  return {
    async get(accountId) {
      const { organizationId, name, taxId, email, language, address } = await accounts.get(EVERYTHING, accountId);
      const town = address === null ? '' : `${address.postalCode ?? ''} ${address.city}`.trim();
      const addressLines = address === null ? [] : [address.street, town, address.country];
      return { organizationId, name, taxId, email, language, addressLines };
    },
  };
}
