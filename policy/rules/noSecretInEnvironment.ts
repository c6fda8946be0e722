import { containerRule } from "../kubernetes/containerRule.js";
import { holdsSecret, namesSecret } from "../secrets.js";

export const noSecretInEnvironment = containerRule({
  name: "no-secret-in-environment",
  title: "Secrets reach containers as files, never as environment variables or arguments",
  severity: "high",
  why: "The environment and the arguments of a process show up in crash dumps, in child processes and in kubectl describe.",
  remedy: "Keep it in a Secret, mount that as a volume, and tell the program the path of the file.",
  *judge(container) {
    for (const entry of container.at("env").list()) {
      const name = entry.at("name").text() ?? "";
      if (entry.at("valueFrom", "secretKeyRef").isGiven) yield `has a secret in the environment variable ${name}`;
      if (!entry.at("value").isGiven) continue;
      const value = entry.at("value").text() ?? "";
      if (value !== "" && (namesSecret(name) || holdsSecret(value)))
        yield `has a secret in plain text in the environment variable ${name}`;
    }
    for (const source of container.at("envFrom").list())
      if (source.at("secretRef").isGiven) yield "has all of a Secret in its environment";
    for (const words of ["command", "args"])
      if (container.at(words).texts().some(holdsSecret)) yield `has a secret in plain text in its ${words}`;
  },
});
