/** Look of every table: no colours and no line between rows, so that it can be read, copied and searched. */
export const plainTable = {
  style: { head: [], border: [], compact: true },
};
