/** One line of AWS's bill for a resource, in a month. */
export interface Charge {
  /** Name of the price in the list. */
  price: string;
  /** Of the price's unit. */
  amount: number | undefined;
  /** Whether the amount is assumed. @default false */
  assumed?: boolean;
}

/** Hours of a month as AWS counts them in its own estimates: 8760 hours of a year divided by 12. */
export const hoursOfMonth = 730;

/** Something that is there all the time. */
export const allHours = (price: string, count = 1): Charge => ({ price, amount: count * hoursOfMonth });
