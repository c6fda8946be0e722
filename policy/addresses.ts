/** Ranges that hold every address. */
const everywhere = new Set(["0.0.0.0/0", "::/0"]);

/** Whether a range of addresses is the whole Internet, or half of it, which is how people write around such a check. */
export const isEverywhere = (cidr: string): boolean => everywhere.has(cidr) || /\/[01]$/.test(cidr);
