import type * as pulumi from "@pulumi/pulumi";
import type { Peer } from "../kubernetes/index.js";
import type { Image, Placement, Resources } from "../workload/index.js";
import type { DatabaseTopology } from "./layout.js";

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

/** Pods of every city may connect: the range of each is a peer of its own. */
export const podsOfAllCities = ({ cities }: DatabaseTopology, portNumbers: readonly number[]): Peer[] =>
  portNumbers.flatMap((port) => cities.map(({ pods }): Peer => ({ cidr: pods, port })));
