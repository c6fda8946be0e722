import type { Manifest } from "./render/manifests.js";

/** Labels by which the controller tells the pods of one run of a Job from those of another. */
const ofController = [
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
];

const ownLabels = (labels: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => !ofController.includes(label)));

/** A Job as the API server shows it, without what makes it this run of it: it can be created once more. */
export function asNewJob(live: Manifest): Manifest {
  const { apiVersion, kind, metadata } = live;
  const { template, ...spec } = live.spec as { template: Pick<Manifest, "metadata"> };
  const { name, namespace, annotations, labels } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(annotations && { annotations }),
      labels: ownLabels(labels),
    },
    spec: {
      ...spec,
      selector: undefined,
      template: { ...template, metadata: { ...template.metadata, labels: ownLabels(template.metadata.labels) } },
    },
  };
}
