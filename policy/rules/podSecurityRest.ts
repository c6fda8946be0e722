import type { Field } from "../model/field.js";
import { containersOf, isWorkload, podSpecOf } from "../kubernetes/workload.js";
import { noParameters } from "../noParameters.js";
import { resourceRule } from "../rule.js";

/** Kernel parameters that Pod Security baseline calls safe. */
const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/** Sources of volumes that Pod Security restricted lets pods have; hostPath is the concern of no-host-path. */
const volumeSources = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "hostPath",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const podSecurityRest = resourceRule({
  name: "pod-security-rest",
  title: "Pods keep what else Pod Security restricted demands",
  severity: "medium",
  level: "mandatory",
  why: "An unmasked /proc, unsafe kernel parameters, another AppArmor profile or SELinux role each open a way to the node.",
  remedy:
    "Remove procMount, sysctls beyond the safe ones, volumes that are mounted past a claim, and settings of AppArmor, SELinux and Windows host processes.",
  parameters: noParameters,
  appliesTo: isWorkload,
  *judge(workload) {
    const podSpec = podSpecOf(workload);
    const context = podSpec.at("securityContext");
    for (const sysctl of context.at("sysctls").list())
      if (!safeSysctls.has(sysctl.at("name").text() ?? "")) yield `${sysctl.path} is no safe kernel parameter.`;
    for (const volume of podSpec.at("volumes").list())
      for (const [source] of volume.entries())
        if (source !== "name" && !volumeSources.has(source)) yield `${volume.path} is a volume of the kind ${source}.`;
    yield* judgeContext(context);
    for (const container of containersOf(podSpec)) {
      const own = container.at("securityContext");
      if ((own.at("procMount").text() ?? "Default") !== "Default") yield `${own.path}.procMount unmasks /proc.`;
      yield* judgeContext(own);
    }
  },
});

/** What pods and containers have in common. */
function* judgeContext(context: Field): Iterable<string> {
  if (context.at("appArmorProfile", "type").text() === "Unconfined")
    yield `${context.path}.appArmorProfile is Unconfined.`;
  if (context.at("windowsOptions", "hostProcess").boolean() === true) yield `${context.path} is of a host process.`;
  const options = context.at("seLinuxOptions");
  if (options.at("user").isSet || options.at("role").isSet) yield `${options.path} sets a user or a role.`;
}
