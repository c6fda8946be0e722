import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { register } from "../register.js";

/** Prints what becomes of a program whose error comes out of an output, where no `await` meets it. */
register((provider) => {
  const data = pulumi.output("hunter2").apply((): Record<string, string> => {
    throw new Error("the output can't be had");
  });
  new kubernetes.core.v1.ConfigMap("order", { metadata: { name: "order" }, data }, { provider });
}).then(
  (resources) => process.stdout.write(`captured ${resources.length} resources`),
  (error: unknown) => process.stdout.write(`refused: ${String(error)}`),
);
