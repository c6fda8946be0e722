import { privateRanges, tunnelPort } from "../kubernetes/index.js";
import { monitoringNamespace } from "../workload/index.js";

/** Namespaces that policies leave alone: what runs there makes the cluster work, policies included. */
export const systemNamespaces = ["kube-system", "calico-system", "calico-apiserver", "tigera-operator"] as const;

/** Who is at the other end of a rule of Calico. */
interface Entity {
  nets?: string[];
  notNets?: string[];
  namespaceSelector?: string;
  selector?: string;
  ports?: number[];
  notPorts?: number[];
}

/** A rule of a policy of Calico. Without a protocol it is about all of them. */
interface Rule {
  action: "Allow" | "Deny";
  protocol?: "TCP" | "UDP";
  source?: Entity;
  destination?: Entity;
}

/** The part of a GlobalNetworkPolicy of Calico that we use. */
export interface GlobalPolicy {
  /** Lower comes first; policies of Kubernetes have 1000. */
  order: number;
  namespaceSelector: string;
  /** Pods of those namespaces. @default all */
  selector?: string;
  types: ("Ingress" | "Egress")[];
  ingress?: Rule[];
  egress?: Rule[];
}

export interface GlobalPoliciesArgs {
  /** Range of the city's nodes, in CIDR notation; the control plane and the endpoints of AWS's services stand in it. */
  nodes: string;
  /** Ranges of the other cities, of nodes and of pods. */
  otherCities: readonly string[];
  /** Namespace whose pods talk to their like in the other cities, and the TCP ports that they call. */
  between: { namespace: string; ports: readonly number[] };
  /** Namespace of the ingress controller. */
  ingressNamespace: string;
}

/** Where nodes hand out what is theirs: credentials, time, names. The agent of Pod Identity alone is for pods. */
const linkLocal = "169.254.0.0/16";
const identityAgent = "169.254.170.23/32";

/** TCP ports that pods may call on public addresses, if their namespace lets them: HTTPS, and HTTP for ACME challenges. */
const publicPorts = [80, 443];

/** Pods that cert-manager starts to answer an HTTP-01 challenge, and their port (cert-manager's documentation, "HTTP01"). */
const solvers = { selector: 'acme.cert-manager.io/http01-solver == "true"', port: 8089 } as const;

const none = (names: readonly string[]): string =>
  `kubernetes.io/metadata.name not in {${names.map((name) => `"${name}"`).join(", ")}}`;
const only = (name: string): string => `kubernetes.io/metadata.name == "${name}"`;

/**
 * What holds for pods of all namespaces but those of the system, by name. Below 1000 is what no policy of a namespace can
 * allow: the nodes' own services, the nodes, the other cities, and the Internet beside the web. Above is what all may do:
 * ask the cluster's DNS, answer a challenge of ACME; and at last nothing that no policy allows. A selector of namespaces
 * matches no host endpoint, so that nodes are left alone. Source: Calico's documentation, "Global default deny policy best
 * practices" and "Global network policy".
 */
export function globalPolicies(args: GlobalPoliciesArgs): Record<string, GlobalPolicy> {
  const { nodes, between } = args;
  const all = none(systemNamespaces);
  const otherCities = [...args.otherCities];
  const deny = (order: number, namespaceSelector: string, egress: Omit<Rule, "action">[]): GlobalPolicy => ({
    order,
    namespaceSelector,
    types: ["Egress"],
    egress: egress.map((rule) => ({ action: "Deny", ...rule })),
  });
  const dns = { namespaceSelector: only("kube-system"), selector: 'k8s-app == "kube-dns"', ports: [53] };
  const fromIngress = { namespaceSelector: only(args.ingressNamespace) };
  const solverPorts = [solvers.port, tunnelPort];
  return {
    "deny-link-local": deny(100, all, [{ destination: { nets: [linkLocal], notNets: [identityAgent] } }]),
    // Kubelets, SSH and node ports are among the nodes too; who collects metrics reads some of them.
    "deny-nodes": deny(110, none([...systemNamespaces, monitoringNamespace]), [
      { protocol: "TCP", destination: { nets: [nodes], notPorts: [443] } },
      { protocol: "UDP", destination: { nets: [nodes] } },
    ]),
    ...(otherCities.length > 0 && {
      "deny-other-cities": deny(120, none([...systemNamespaces, between.namespace]), [
        { destination: { nets: otherCities } },
      ]),
      "deny-other-cities-but-data": deny(120, only(between.namespace), [
        { protocol: "TCP", destination: { nets: otherCities, notPorts: [...between.ports] } },
        { protocol: "UDP", destination: { nets: otherCities } },
      ]),
    }),
    "deny-internet-but-web": deny(130, all, [
      { protocol: "TCP", destination: { notNets: [...privateRanges], notPorts: publicPorts } },
      { protocol: "UDP", destination: { notNets: [...privateRanges] } },
    ]),
    "allow-cluster-dns": {
      order: 2000,
      namespaceSelector: all,
      types: ["Egress"],
      egress: [
        { action: "Allow", protocol: "UDP", destination: dns },
        { action: "Allow", protocol: "TCP", destination: dns },
      ],
    },
    "allow-acme-challenges": {
      order: 2010,
      namespaceSelector: all,
      selector: solvers.selector,
      types: ["Ingress"],
      ingress: [{ action: "Allow", protocol: "TCP", source: fromIngress, destination: { ports: solverPorts } }],
    },
    "allow-ingress-to-acme-challenges": {
      order: 2010,
      namespaceSelector: only(args.ingressNamespace),
      types: ["Egress"],
      egress: [
        {
          action: "Allow",
          protocol: "TCP",
          destination: { selector: solvers.selector, namespaceSelector: all, ports: solverPorts },
        },
      ],
    },
    "default-deny": { order: 10_000, namespaceSelector: all, types: ["Ingress", "Egress"] },
  };
}
