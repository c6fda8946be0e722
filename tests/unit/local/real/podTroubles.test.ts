import { podTroubles } from "../../../../local/readiness.js";
import type { Manifest } from "../../../../local/render/manifests.js";

const pod = (status: object, name = "order-1"): Manifest => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop" },
  status,
});
const container = (fields: object, phase = "Running"): Manifest =>
  pod({ phase, containerStatuses: [{ name: "order", ready: false, restartCount: 0, ...fields }] });
const waiting = (reason: string, message?: string) => ({
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
});

describe("why a pod does not start", () => {
  test("is told in the kubelet's words", () => {
    expect(
      podTroubles([container(waiting("ImagePullBackOff", 'Back-off pulling image "order:1"'), "Pending")]),
    ).toEqual(['Pod shop/order-1: container order is ImagePullBackOff: Back-off pulling image "order:1"']);
    expect(podTroubles([container(waiting("CreateContainerConfigError"), "Pending")])).toEqual([
      "Pod shop/order-1: container order is CreateContainerConfigError",
    ]);
  });

  test("is told with how often and how it ended, and its last word rather than the kubelet's", () => {
    const crashing = container({
      ...waiting("CrashLoopBackOff", "back-off 40s restarting failed container"),
      restartCount: 3,
      lastState: { terminated: { reason: "Error", exitCode: 2, message: "starting\nno database: refused\n" } },
    });
    expect(podTroubles([crashing])).toEqual([
      "Pod shop/order-1: container order is CrashLoopBackOff after 3 restarts, " +
        "last ended with Error (exit code 2): no database: refused",
    ]);
  });

  test("says that the memory was not enough", () => {
    const killed = container({
      ...waiting("CrashLoopBackOff", "back-off"),
      restartCount: 1,
      lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
    });
    expect(podTroubles([killed])[0]).toContain("last ended with OOMKilled (exit code 137)");
  });

  test("is told of one that runs again after a crash but is not ready", () => {
    const again = container({
      state: { running: {} },
      restartCount: 2,
      lastState: { terminated: { exitCode: 1 } },
    });
    expect(podTroubles([again])).toEqual([
      "Pod shop/order-1: container order is not ready after 2 restarts, last ended with an error (exit code 1)",
    ]);
  });

  // A bug, local/readiness.ts: only a waiting container and lastState are looked at, so a Job's failed pod is silent.
  test("is told of one that failed and is not started again, as a Job's", () => {
    const failed = container(
      { state: { terminated: { reason: "Error", exitCode: 3, message: "no schema" } } },
      "Failed",
    );
    expect(podTroubles([failed]).join()).toMatch(/exit code 3.*no schema/);
  });

  test("is told of init containers too, before the others that wait for them", () => {
    const blocked = pod({
      phase: "Pending",
      initContainerStatuses: [{ name: "migrate", ready: false, ...waiting("ErrImagePull", "not found") }],
      containerStatuses: [{ name: "order", ready: false, ...waiting("PodInitializing") }],
    });
    expect(podTroubles([blocked])).toEqual(["Pod shop/order-1: container migrate is ErrImagePull: not found"]);
  });

  test("is told for each container of each pod, each reason once", () => {
    const both = [{ name: "a" }, { name: "b" }].map((each) => ({ ...each, ready: false, ...waiting("ErrImagePull") }));
    const first = pod({ phase: "Pending", containerStatuses: both });
    const second = pod({ phase: "Pending", containerStatuses: both }, "order-2");
    expect(podTroubles([first, second, first])).toEqual([
      "Pod shop/order-1: container a is ErrImagePull",
      "Pod shop/order-1: container b is ErrImagePull",
      "Pod shop/order-2: container a is ErrImagePull",
      "Pod shop/order-2: container b is ErrImagePull",
    ]);
  });

  test("is the scheduler's reason where it has no place", () => {
    const unplaced = pod({
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", message: "0/7 nodes are available: 7 Insufficient cpu." }],
    });
    expect(podTroubles([unplaced])).toEqual(["Pod shop/order-1: 0/7 nodes are available: 7 Insufficient cpu."]);
  });
});

describe("no trouble is", () => {
  test.each<[string, Manifest]>([
    ["a pod that nobody has looked at", pod({})],
    ["a pod without a status", { apiVersion: "v1", kind: "Pod", metadata: { name: "order-1" } }],
    ["a pod that has a place", pod({ conditions: [{ type: "PodScheduled", status: "True", message: "fine" }] })],
    ["a container that is being created", container(waiting("ContainerCreating"), "Pending")],
    ["a container that waits for others", container(waiting("PodInitializing"), "Pending")],
    ["a container that runs and is not ready yet", container({ state: { running: {} } })],
    ["a container that is ready", container({ ready: true, state: { running: {} } })],
    [
      "a container that is ready after it crashed",
      container({ ready: true, restartCount: 4, lastState: { terminated: { exitCode: 1 } } }),
    ],
    [
      "a run that is over",
      container({ state: { terminated: { exitCode: 0 } }, lastState: { terminated: { exitCode: 1 } } }, "Succeeded"),
    ],
  ])("%s", (_, quiet) => {
    expect(podTroubles([quiet])).toEqual([]);
  });
});
