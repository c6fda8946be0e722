import { posix } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bytes, checksum, exclusiveHosts, scrapedAt } from "../kubernetes/index.js";
import { childOptions, type Image } from "../workload/index.js";
import { podsOfAllCities, tierOfAllCities, type StatefulArgs } from "./arguments.js";
import { etcdConfiguration, etcdDataDirectory } from "./configuration/index.js";
import { headlessService } from "./headlessService.js";
import { clusterName, etcdService, memberName, membersOf, paths, ports } from "./layout.js";
import { claimTemplate, podSpec, retainClaims } from "./pod.js";
import { surroundings } from "./surroundings.js";

export interface EtcdMemberArgs extends StatefulArgs {
  /** Image of the operations tool, which begins or joins the cluster. */
  toolImage: Image;
  /** Settings of the tool. */
  operations: string;
}

/** Where the claim is mounted; the data is below it. */
const volume = posix.dirname(etcdDataDirectory);
/** Where the tool puts the configuration that etcd starts with. */
const prepared = "/run/etcd";

/**
 * etcd does not lead where Patroni's leader is: a new leader of etcd gives every lock its whole time again, so a city that
 * takes both with it would be missed for longer (local/tools/kubernetes/etcd-member).
 */
const leadershipElsewhere = (city: string): kubernetes.types.input.core.v1.EnvVar[] => [
  { name: "LEADERSHIP_KEY", value: `/service/${clusterName}/leader` },
  { name: "LEADERSHIP_AVOIDS", value: membersOf(city, "core").map(memberName).join(",") },
];

/**
 * A city's vote: one etcd member, which holds Patroni's leader lock together with those of the other cities (M11). It
 * starts and waits quietly while the others are not there.
 */
export class EtcdMember extends pulumi.ComponentResource {
  readonly statefulSet: kubernetes.apps.v1.StatefulSet;

  constructor(name: string, args: EtcdMemberArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:EtcdMember", name, {}, opts);
    const children = childOptions(this, opts);
    const { topology, city } = args;
    const files = {
      "etcd.yaml": etcdConfiguration({ topology, city, volume: bytes(args.volume) }),
      "operations.yaml": args.operations,
    };
    const around = surroundings(
      name,
      {
        tier: args,
        workload: etcdService,
        component: "consensus",
        replicas: 1,
        callers: tierOfAllCities(args, [ports.etcdClient, ports.etcdPeer]),
        // Its init container asks the other members whether they know it.
        callees: podsOfAllCities(topology, [ports.etcdClient, ports.etcdPeer]),
        metricsPorts: [ports.etcdMetrics],
        files,
      },
      children,
    );
    const service = headlessService(
      name,
      {
        tier: args,
        labels: around.metadata.labels,
        service: etcdService,
        selector: around.selector,
        ports: { client: ports.etcdClient, peer: ports.etcdPeer },
      },
      children,
    );
    const httpGet = { path: "/livez", port: "metrics" };
    this.statefulSet = new kubernetes.apps.v1.StatefulSet(
      `${name}-stateful-set`,
      {
        metadata: around.metadata,
        spec: {
          serviceName: etcdService,
          replicas: 1,
          podManagementPolicy: "Parallel",
          // Two members that restart at once are a lost quorum: the reconcile Job takes one after another.
          updateStrategy: { type: "OnDelete" },
          persistentVolumeClaimRetentionPolicy: retainClaims,
          selector: { matchLabels: { ...around.selector } },
          template: {
            metadata: {
              labels: around.metadata.labels,
              annotations: { ...scrapedAt(ports.etcdMetrics), "nusantara.io/config-checksum": checksum(files) },
            },
            spec: podSpec({
              tier: args,
              serviceAccountName: around.serviceAccountName,
              initContainers: [
                {
                  name: "prepare",
                  image: args.toolImage,
                  command: ["/usr/bin/database"],
                  args: ["prepare-etcd", "--output", `${prepared}/etcd.yaml`],
                  // It is gone when etcd starts, so the pod needs no more than etcd.
                  resources: args.resources,
                  sees: [volume, prepared, "/tmp", paths.configuration, paths.certificates],
                },
              ],
              containers: [
                {
                  name: "etcd",
                  image: args.image,
                  args: [`--config-file=${prepared}/etcd.yaml`],
                  env: leadershipElsewhere(city),
                  ports: [
                    { name: "client", containerPort: ports.etcdClient, protocol: "TCP" },
                    { name: "peer", containerPort: ports.etcdPeer, protocol: "TCP" },
                    { name: "metrics", containerPort: ports.etcdMetrics, protocol: "TCP" },
                  ],
                  resources: args.resources,
                  // Alive without a quorum too: a restart would not bring the other cities back.
                  startupProbe: { httpGet, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 60 },
                  readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
                  livenessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
                  sees: [volume, prepared, "/tmp", paths.configuration, paths.certificates],
                },
              ],
              mounts: [
                { path: paths.configuration, configMap: around.configMapName },
                { path: paths.certificates, secret: args.certificates },
              ],
              directories: { [prepared]: "1Mi", "/tmp": "64Mi" },
              claim: volume,
              placement: args.placement,
              spread: exclusiveHosts({ selector: around.selector }),
              terminationGracePeriodSeconds: 30,
            }),
          },
          volumeClaimTemplates: [claimTemplate(args.storageClass, args.volume, around.selector)],
        },
      },
      { ...children, protect: args.protect, dependsOn: [...around.resources, service] },
    );
    this.registerOutputs({});
  }
}
