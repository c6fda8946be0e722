import type { types } from "@pulumi/kubernetes";

/** User and group that our images run as; above the range that distributions give to services. */
export const nonRootUser = 10001;

/** Pod-level settings that satisfy Pod Security `restricted`. */
export function podSecurityContext(user: number = nonRootUser): types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/**
 * Container-level settings that satisfy Pod Security `restricted`, with a read-only root file system on top.
 *
 * @param user who the container runs as, in the pod's group. By default the pod's user.
 */
export function containerSecurityContext(user?: number): types.input.core.v1.SecurityContext {
  return {
    ...(user !== undefined && { runAsUser: user }),
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  };
}
