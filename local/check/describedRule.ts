import type { AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb";

/** A rule as the pack tells of it. */
export interface DescribedRule {
  name: string;
  title: string;
  remedy: string;
  url: string;
}

export const rulesOf = (info: AnalyzerInfo): DescribedRule[] =>
  info.getPoliciesList().map((policy) => ({
    name: policy.getName(),
    title: policy.getDescription(),
    remedy: policy.getRemediationSteps(),
    url: policy.getUrl(),
  }));
