/**
 * Shares of this machine's processors while there are too few of them, where the kernel's default is 100.
 *
 * Machines of their own take no time from each other. Here the members of a city that comes back take it from whoever
 * leads, and what keeps all others going from both: without a word on it etcd and Patroni missed their heartbeats while
 * the rest of the platform was served as well as they, the lead changed hands, and more members had to catch up.
 */
export const processorWeights = {
  /** All of the platform beside what else is done on this machine: tests, or the program that brings it up. */
  platform: 1000,
  controlPlane: 200,
  /** Names and object storage, which everybody waits for. */
  cityServices: 400,
  /** By class of node. The entry points are on one of the medium class: a database counts for as much as the way to it. */
  node: { heavy: 400, medium: 400, light: 100 },
} as const;
