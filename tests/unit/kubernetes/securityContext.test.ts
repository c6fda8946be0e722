import { containerSecurityContext, podSecurityContext } from "../../../components/kubernetes/securityContext.js";

test("a pod satisfies Pod Security restricted", () => {
  expect(podSecurityContext()).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
});

test("a pod runs as an ordinary user, which its volumes belong to", () => {
  const { runAsUser, runAsGroup, fsGroup } = podSecurityContext();
  expect(runAsUser).toBeGreaterThan(0);
  expect([runAsGroup, fsGroup]).toEqual([runAsUser, runAsUser]);
});

test("an image with a user of its own keeps it", () => {
  expect(podSecurityContext(999)).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999, runAsNonRoot: true });
});

test("a container gains no privileges and writes only to its volumes", () => {
  expect(containerSecurityContext()).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("a container may run as another user than its pod, and is no less hardened", () => {
  expect(containerSecurityContext(10002)).toEqual({ ...containerSecurityContext(), runAsUser: 10002 });
});
