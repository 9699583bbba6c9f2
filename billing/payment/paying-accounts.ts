import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';

/** What payments need to know of the accounts, which are kept elsewhere in this room. */
export interface PayingAccounts {
  /**
   * @throws NotFound where there is no such account within the scope
   */
  get(
    scope: AccessScope,
    accountId: Uuid,
  ): Promise<{ readonly id: Uuid; readonly organizationId: Uuid; readonly currency: string }>;
}
