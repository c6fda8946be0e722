import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as vpc from "@pulumi/aws/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Services that nodes and controllers call all the time, by the last part of their endpoint's name. Source: EKS user
 * guide, "Deploy private clusters with limited internet access"; `eks-auth` is what Pod Identity exchanges tokens at.
 */
export const interfaceServices = [
  "autoscaling",
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "sts",
] as const;

interface EndpointArgs {
  networkName: string;
  region: string;
  vpcId: pulumi.Input<string>;
}

/** A free way to S3, where image layers, backups and logs are: a route in every table. */
export const storageEndpoint = (
  name: string,
  args: EndpointArgs & { routeTableIds: pulumi.Input<string>[] },
  opts: pulumi.CustomResourceOptions,
): ec2.VpcEndpoint =>
  new ec2.VpcEndpoint(
    `${name}-endpoint-s3`,
    {
      vpcId: args.vpcId,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: args.routeTableIds,
      tags: { Name: `${args.networkName}-s3` },
    },
    opts,
  );

/** Private addresses of the services in every zone. Only nodes and pods of the city reach them. */
export function interfaceEndpoints(
  name: string,
  args: EndpointArgs & { subnetIds: readonly pulumi.Input<string>[]; callers: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const group = new ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: args.vpcId,
      name: `${args.networkName}-endpoints`,
      description: "Interface endpoints: HTTPS from nodes and pods",
      tags: { Name: `${args.networkName}-endpoints` },
    },
    opts,
  );
  const rules = args.callers.map(
    (cidr) =>
      new vpc.SecurityGroupIngressRule(
        `${name}-endpoints-${cidr.replaceAll(/[./]/g, "-")}`,
        {
          securityGroupId: group.id,
          cidrIpv4: cidr,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          description: "HTTPS from within the city",
          tags: { Name: `${args.networkName}-endpoints` },
        },
        opts,
      ),
  );
  const endpoints = interfaceServices.map(
    (service) =>
      new ec2.VpcEndpoint(
        `${name}-endpoint-${service.replace(".", "-")}`,
        {
          vpcId: args.vpcId,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...args.subnetIds],
          securityGroupIds: [group.id],
          tags: { Name: `${args.networkName}-${service}` },
        },
        opts,
      ),
  );
  return [...rules, ...endpoints];
}
