import type { types } from "@pulumi/kubernetes";

export interface ProbeArgs {
  /** Path that answers 2xx when the process is well, e.g. `/check` (M16). */
  path: string;
  /**
   * Path that answers 2xx when the process can take requests, where that is another question.
   * @default `path`
   */
  readinessPath?: string | undefined;
  /** Name of the container port. */
  port: string;
  /**
   * Seconds that a container may take to start before it is restarted.
   * @default 60
   */
  startSeconds?: number;
}

type Probes = Pick<types.input.core.v1.Container, "startupProbe" | "readinessProbe" | "livenessProbe">;

/**
 * The three probes over HTTP. Readiness reacts within 10 s, so that a hung replica leaves the Service quickly;
 * liveness waits three times as long, so that a slow moment is not made worse by a restart.
 */
export function httpProbes({ path, readinessPath = path, port, startSeconds = 60 }: ProbeArgs): Probes {
  const httpGet = { path, port };
  return {
    startupProbe: { httpGet, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: Math.ceil(startSeconds / 2) },
    readinessProbe: {
      httpGet: { path: readinessPath, port },
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  };
}
