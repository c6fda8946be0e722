import { managedBy } from "../../components/kubernetes/index.js";
import { provisionerUser, publisherUser } from "../machines/cityServices.js";
import type { Manifest } from "../render/manifests.js";

const labels = { "app.kubernetes.io/managed-by": managedBy };
const group = "rbac.authorization.k8s.io";

const role = (name: string, rules: readonly object[]): Manifest => ({
  apiVersion: `${group}/v1`,
  kind: "ClusterRole",
  metadata: { name, labels },
  rules,
});

const binding = (user: string, roleName: string): Manifest => ({
  apiVersion: `${group}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: `nusantara:${roleName.replaceAll(":", "-")}`, labels },
  roleRef: { apiGroup: group, kind: "ClusterRole", name: roleName },
  subjects: [{ apiGroup: group, kind: "User", name: user }],
});

/** What lets the provisioner of a city do its work, and no more: Kubernetes' own role for it, and a look at nodes. */
export const provisionerRights: readonly Manifest[] = [
  role("nusantara:node-zones", [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }]),
  binding(provisionerUser, "nusantara:node-zones"),
  binding(provisionerUser, "system:persistent-volume-provisioner"),
];

/** What lets the publisher of a city's names do its work, and no more. */
export const publisherRights: readonly Manifest[] = [
  role("nusantara:published-names", [
    { apiGroups: [""], resources: ["services"], verbs: ["list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  ]),
  binding(publisherUser, "nusantara:published-names"),
];
