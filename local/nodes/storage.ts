import { managedBy } from "../../components/kubernetes/index.js";
import { provisionerUser } from "../machines/cityServices.js";
import type { Manifest } from "../render/manifests.js";

const labels = { "app.kubernetes.io/managed-by": managedBy };
const group = "rbac.authorization.k8s.io";

const binding = (role: string): Manifest => ({
  apiVersion: `${group}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: `nusantara:${role.replaceAll(":", "-")}`, labels },
  roleRef: { apiGroup: group, kind: "ClusterRole", name: role },
  subjects: [{ apiGroup: group, kind: "User", name: provisionerUser }],
});

/** What lets the provisioner of a city do its work, and no more: Kubernetes' own role for it, and a look at nodes. */
export const provisionerRights: readonly Manifest[] = [
  {
    apiVersion: `${group}/v1`,
    kind: "ClusterRole",
    metadata: { name: "nusantara:node-zones", labels },
    rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
  },
  binding("nusantara:node-zones"),
  binding("system:persistent-volume-provisioner"),
];
