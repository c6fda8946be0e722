import type { Field } from "../model/field.js";
import { noParameters } from "../noParameters.js";
import { resourceRule, type Rule, type Severity } from "../rule.js";
import { containersOf, isWorkload, podSpecOf } from "./workload.js";

interface ContainerRule {
  name: string;
  title: string;
  severity: Severity;
  why: string;
  remedy: string;
  /** What is wrong with a container of a pod, as the rest of a sentence: `is privileged`. */
  judge: (container: Field, podSpec: Field) => Iterable<string>;
}

/** A mandatory rule that holds for every container of everything that starts pods. */
export const containerRule = ({ judge, ...rule }: ContainerRule): Rule =>
  resourceRule({
    ...rule,
    level: "mandatory",
    parameters: noParameters,
    appliesTo: isWorkload,
    *judge(workload) {
      const podSpec = podSpecOf(workload);
      for (const container of containersOf(podSpec))
        for (const fault of judge(container, podSpec)) yield `${container.path} ${fault}.`;
    },
  });
