import { join } from "node:path";
import { kernelName } from "../network/names.js";
import type { Platform } from "../platform.js";
import { ControlGroup } from "./cgroups.js";

/** Where the machines of a city keep their disks; removed with the platform. */
export const machinesDirectory = (platform: Platform, city: string): string => join(platform.directory, "nodes", city);

/** The disk of one node. */
export const nodeDirectory = (platform: Platform, city: string, node: string): string =>
  join(machinesDirectory(platform, city), node);

/** File systems of a limited size on the disk of a node, which stand in for volumes while a drill wants it. */
export const smallVolumesDirectory = (platform: Platform, city: string, node: string): string =>
  join(nodeDirectory(platform, city, node), smallVolumes);
export const smallVolumes = "small-volumes";

/** Configuration and logs of what a city needs beside its control plane. */
export const cityServicesDirectory = (platform: Platform, city: string): string =>
  join(platform.directory, "services", city);

/** The same of the way to a city's gateway. */
export const gatewayServicesDirectory = (platform: Platform, city: string): string =>
  join(platform.directory, "services", `${city}-gateway`);

/** Volumes of a city, by zone. */
export const volumesDirectory = (platform: Platform, city: string): string => join(platform.directory, "volumes", city);

/** What the object storage of a city holds: a directory for each bucket. It outlives pods, nodes and the city itself. */
export const objectStorageDirectory = (platform: Platform, city: string): string =>
  join(platform.directory, "object-storage", city);

/** The part of the private zone that belongs to a city, as a zone file. It outlives the city, as Route 53 would. */
export const zoneFile = (platform: Platform, city: string): string => join(platform.directory, "zone", `${city}.zone`);

/** Everything of a platform that runs in a control group is below this one. */
export const platformGroup = (platform: Platform): ControlGroup => new ControlGroup(`/${kernelName(platform)}`);

/** The group of one node: all its processes and pods. */
export const nodeGroup = (platform: Platform, node: string): ControlGroup =>
  new ControlGroup(`/${kernelName(platform)}/node-${node}`);

/** Below a node's group: its own processes, apart from its pods. */
export const systemGroup = (platform: Platform, node: string): ControlGroup =>
  new ControlGroup(`/${kernelName(platform)}/node-${node}/system`);

/** The group of what a city needs beside its control plane and its nodes. */
export const cityGroup = (platform: Platform, city: string): ControlGroup =>
  new ControlGroup(`/${kernelName(platform)}/city-${city}`);

/** The group of the way to a city's gateway. */
export const gatewayGroup = (platform: Platform, city: string): ControlGroup =>
  new ControlGroup(`/${kernelName(platform)}/gateway-${city}`);

/** The group of a city's control plane. */
export const controlPlaneGroup = (platform: Platform, city: string): ControlGroup =>
  new ControlGroup(`/${kernelName(platform)}/control-plane-${city}`);
