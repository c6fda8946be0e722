import type * as pulumi from "@pulumi/pulumi";
import {
  Calico,
  CertManager,
  ClusterAutoscaler,
  ExternalDns,
  IngressController,
  ingressNamespace,
  issuers,
  Istio,
  LoadBalancerController,
  type ChartName,
  type GlobalPoliciesArgs,
  type KeyPair,
} from "../components/platform/index.js";
import { databaseNamespace } from "../components/postgres/index.js";
import type { CityCloud } from "./cityCloud.js";
import { clusterNameOf, dnsRoleNames } from "./cloudNames.js";
import type { CityConfig } from "./config.js";
import type { EksConfig } from "./eksSchema.js";
import { gatewayPort, martNamespace } from "./systems/nusantaraMart.js";
import { cityNames, databasePortsOnEks } from "./topology.js";
import { versions } from "./versions.js";

export interface CityAddons {
  /** Who signs certificates for public names. */
  publicIssuer: string;
  /** What must be there before the systems of a city: for `dependsOn`. */
  all: pulumi.Resource[];
}

/**
 * What a cluster of ours needs before anything else runs in it. Policies come first, so that nothing ever runs without
 * them; controllers come before what they look after, and so go after it. The mesh comes before the pods that are in it.
 */
export function cityAddons(
  config: CityConfig,
  eks: EksConfig,
  cloud: CityCloud,
  authority: pulumi.Input<KeyPair>,
): CityAddons {
  const { city, region, network, topology, charts, ingress } = config;
  const clusterName = clusterNameOf(city);
  const providers = [cloud.provider, cloud.cluster.provider];
  const { mirror } = charts;
  const chart = (name: ChartName) => ({ version: versions.charts[name], mirror });
  const identity = { clusterName, clusterArn: cloud.cluster.arn, accountId: eks.accountId, region };
  const roles = dnsRoleNames(city);
  const apiServer = network.nodes;

  const calico = new Calico(
    "calico",
    {
      mirror,
      versions: { crds: versions.charts["crd.projectcalico.org.v1"], operator: versions.charts["tigera-operator"] },
      policies: globalPoliciesOf(config),
    },
    { providers },
  );
  const afterPolicies = { providers, dependsOn: [calico] };
  const istio = new Istio("istio", { mirror, version: versions.charts.istiod, apiServer }, afterPolicies);
  const loadBalancerController = new LoadBalancerController(
    "load-balancer-controller",
    {
      ...identity,
      ...chart("aws-load-balancer-controller"),
      vpcId: cloud.vpcId,
      targetGroupArns: Object.values(cloud.loadBalancer.targetGroupArns),
    },
    afterPolicies,
  );
  const certManager = new CertManager(
    "cert-manager",
    {
      ...identity,
      ...chart("cert-manager"),
      roleName: roles.challenges,
      acmeEmail: eks.acmeEmail,
      publicZone: topology.publicZone,
      ingressClass: "nginx",
      authority,
      apiServer,
    },
    afterPolicies,
  );
  const { http, https } = cloud.loadBalancer.targetGroupArns;
  if (!http || !https) throw new Error(`the load balancer of ${city} has no target groups for http and https`);
  const ingressController = new IngressController(
    "ingress",
    {
      ...chart(ingress.kind),
      kind: ingress.kind,
      image: ingress.image,
      targetGroupArns: { http, https },
      callees: [{ namespace: martNamespace, port: gatewayPort }],
      apiServer,
    },
    { providers, dependsOn: [calico, istio, loadBalancerController] },
  );
  const externalDns = new ExternalDns(
    "external-dns",
    {
      ...identity,
      ...chart("external-dns"),
      roleName: roles.publisher,
      zone: topology.privateZone,
      apiServer,
    },
    afterPolicies,
  );
  const clusterAutoscaler = new ClusterAutoscaler(
    "cluster-autoscaler",
    { ...identity, ...chart("cluster-autoscaler"), imageTag: versions.clusterAutoscaler },
    afterPolicies,
  );
  return {
    publicIssuer: issuers.public,
    all: [calico, istio, loadBalancerController, certManager, ingressController, externalDns, clusterAutoscaler],
  };
}

/** Only the data tier talks to the other cities, on the ports that their security groups let in. */
const globalPoliciesOf = ({ city, network, topology }: CityConfig): GlobalPoliciesArgs => ({
  nodes: network.nodes,
  otherCities: cityNames(topology)
    .filter((name) => name !== city)
    .flatMap((name) => {
      const ranges = topology.cities[name]?.network;
      return ranges ? [ranges.nodes, ranges.pods] : [];
    }),
  between: { namespace: databaseNamespace, ports: databasePortsOnEks },
  ingressNamespace,
});
