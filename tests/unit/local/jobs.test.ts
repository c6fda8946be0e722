import { asNewJob } from "../../../local/jobs.js";

test("a Job that has run can be created once more: what its controller and the API server added is gone", () => {
  const own = { "app.kubernetes.io/name": "reconcile" };
  const added = {
    "controller-uid": "0b1c",
    "job-name": "reconcile-1",
    "batch.kubernetes.io/controller-uid": "0b1c",
    "batch.kubernetes.io/job-name": "reconcile-1",
  };
  const annotations = { "pulumi.com/skipAwait": "true" };
  const pod = { restartPolicy: "Never", containers: [{ name: "reconcile", image: "postgres:1" }] };
  const live = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "reconcile-1",
      namespace: "databases",
      uid: "0b1c",
      resourceVersion: "17",
      generation: 1,
      creationTimestamp: "2026-11-23T22:00:00Z",
      managedFields: [{}],
      annotations,
      labels: own,
    },
    spec: {
      backoffLimit: 3,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "0b1c" } },
      template: { metadata: { labels: { ...own, ...added } }, spec: pod },
    },
    status: { succeeded: 1 },
  };
  expect(asNewJob(live)).toEqual({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "reconcile-1", namespace: "databases", annotations, labels: own },
    spec: { backoffLimit: 3, template: { metadata: { labels: own }, spec: pod } },
  });
});
