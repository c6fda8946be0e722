import type * as pulumi from "@pulumi/pulumi";
import type { Peer } from "../kubernetes/index.js";
import type { Image, Placement, Resources } from "../workload/index.js";
import { databaseNamespace, type DatabaseTopology } from "./layout.js";

/** What every part of a city's data tier is told. */
export interface TierArgs {
  city: string;
  topology: DatabaseTopology;
  /** Namespace of the data tier. */
  namespace: pulumi.Input<string>;
  /** Names of Secrets with credentials of the image registry. @default none */
  imagePullSecrets?: readonly pulumi.Input<string>[] | undefined;
  /** Whether the engine refuses to delete what holds data. */
  protect: boolean;
}

/** A part that keeps data on a volume. */
export interface StatefulArgs extends TierArgs {
  image: Image;
  placement: Placement;
  resources: Resources;
  /** Size of each pod's volume, as a Kubernetes quantity. */
  volume: string;
  storageClass: pulumi.Input<string>;
  /** Name of the Secret with the certificates. */
  certificates: pulumi.Input<string>;
}

/** Name of the system in labels. */
export const partOf = "database";

/** Pods of every city may be called: the range of each is a peer of its own. Who is behind an address is for the callee to say. */
export const podsOfAllCities = ({ cities }: DatabaseTopology, portNumbers: readonly number[]): Peer[] =>
  portNumbers.flatMap((port) => cities.map(({ pods }): Peer => ({ cidr: pods, port })));

/**
 * Pods of the data tier may connect, those of every city. In the own one they are known by their namespace, so that no other pod
 * comes; what runs at an address of another city its cluster alone knows, so that whole range is a peer. Pods meet at their own
 * addresses, within a city and between them: Services of the tier's members are headless, and nothing translates in between.
 */
export const tierOfAllCities = (
  { city, topology }: Pick<TierArgs, "city" | "topology">,
  portNumbers: readonly number[],
): Peer[] =>
  portNumbers.flatMap((port) =>
    topology.cities.map(({ name, pods }): Peer =>
      name === city ? { namespace: databaseNamespace, port } : { cidr: pods, port },
    ),
  );
