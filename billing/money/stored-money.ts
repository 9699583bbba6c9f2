/** Money as it is stored, in SQL: its amount is text with all the places of its currency, so that without the point it is minor units. */
export const minorOf = (money: string): string => `replace(${money} ->> 'amount', '.', '')::bigint`;
