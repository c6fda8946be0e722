import { z } from "zod";
import type { Field } from "../model/field.js";
import { isEverywhere } from "../addresses.js";
import { qualifiedName } from "../kubernetes/metadata.js";
import { selectorOf } from "../kubernetes/selector.js";
import { isKind } from "../kubernetes/objectType.js";
import { resourceRule } from "../rule.js";

export const networkPolicyOpen = resourceRule({
  name: "network-policy-open",
  title: "A NetworkPolicy names whom it lets in and out",
  severity: "high",
  level: "mandatory",
  why: "A rule without peers, or for all addresses, undoes the default deny; addresses of 169.254.0.0/16 hand out the node's credentials.",
  remedy:
    "Name pods, namespaces or ranges under from and to. Where the Internet must be reached, except the private and link-local ranges.",
  parameters: z.strictObject({
    /** `<namespace>/<name>` of policies whose pods the Internet may reach. */
    public: z.array(z.string()).default([]),
  }),
  appliesTo: isKind("networking.k8s.io/NetworkPolicy"),
  *judge(policy, { public: allowed }) {
    const spec = policy.inputs.at("spec");
    if (!allowed.includes(qualifiedName(policy)))
      for (const rule of spec.at("ingress").list()) yield* judgePeers(rule.at("from"), "anybody");
    for (const rule of spec.at("egress").list()) yield* judgePeers(rule.at("to"), "everywhere");
  },
});

function* judgePeers(peers: Field, who: "anybody" | "everywhere"): Iterable<string> {
  if (peers.list().length === 0) yield `${peers.path} is empty, which means ${who}.`;
  for (const peer of peers.list()) {
    const [namespaces, pods] = ["namespaceSelector", "podSelector"].map((key) => selectorOf(peer.at(key)));
    if (namespaces?.isEmpty === true && pods?.isEmpty !== false)
      yield `${peer.path} selects all pods of every namespace.`;
    const cidr = peer.at("ipBlock", "cidr").text();
    if (cidr === undefined || !isEverywhere(cidr)) continue;
    if (who === "anybody") yield `${peer.path} lets every address in.`;
    else if (!peer.at("ipBlock", "except").texts().some(holdsLinkLocal))
      yield `${peer.path} does not except 169.254.0.0/16, where credentials of the node are handed out.`;
  }
}

const holdsLinkLocal = (cidr: string): boolean =>
  cidr === "169.254.0.0/16" || cidr === "169.254.169.254/32" || cidr === "fe80::/10";
