import type { DatabaseSettings, MemberResources } from "../../../components/postgres/configuration/index.js";
import type { DatabaseTopology } from "../../../components/postgres/layout.js";

export const mebibyte = 2 ** 20;
export const gibibyte = 2 ** 30;

export const topology: DatabaseTopology = {
  cities: [
    { name: "jakarta", pods: "10.10.0.0/16" },
    { name: "bandung", pods: "10.20.0.0/16" },
    { name: "surabaya", pods: "10.30.0.0/16" },
  ],
  privateZone: "nusantara.internal",
};

export const settingsOf = (resources: MemberResources): DatabaseSettings => ({
  topology,
  sets: { core: resources, reporting: resources },
  linkMegabits: 50,
});

/** A member of the local platform. */
export const small = settingsOf({ memory: 192 * mebibyte, cpu: 1, volume: 2 * gibibyte });
/** Half of a heavy node. */
export const large = settingsOf({ memory: 32 * gibibyte, cpu: 32, volume: 500 * gibibyte });

/** A value such as `512MB` in bytes. */
export function bytesOf(parameter: string | number | undefined): number {
  const match = /^(\d+)MB$/.exec(String(parameter));
  if (!match?.[1]) throw new Error(`${String(parameter)} is no size in MB`);
  return Number(match[1]) * mebibyte;
}
