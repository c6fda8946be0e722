import type { Resource } from "../model/resource.js";
import { parseImage } from "./image.js";
import { podLabelsOf, podSpecOf } from "./workload.js";

/**
 * Whether a workload runs a database: by the label `app` of its pods, or by the image of a container that runs all the
 * time, for a label is quickly dropped.
 * @param databases names of databases, e.g. `postgres`.
 */
export const isDatabase = (workload: Resource, databases: readonly string[]): boolean =>
  databases.includes(podLabelsOf(workload).app ?? "") ||
  podSpecOf(workload)
    .at("containers")
    .list()
    .map((container) => parseImage(container.at("image").text() ?? "").repository)
    .some((repository) => databases.includes(repository.split("/").at(-1) ?? ""));
