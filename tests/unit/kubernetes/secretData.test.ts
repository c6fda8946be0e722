import * as pulumi from "@pulumi/pulumi";
import { secretData } from "../../../components/kubernetes/secretData.js";

const settled = (output: pulumi.Output<string>): Promise<string> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

test("values are written as a Secret's data, in base64 of their UTF-8", async () => {
  const data = secretData({ password: "rahasia ✓", empty: "" });
  expect(Object.keys(data)).toEqual(["password", "empty"]);
  const [password, empty] = await Promise.all(Object.values(data).map(settled));
  expect(Buffer.from(password ?? "", "base64").toString("utf8")).toBe("rahasia ✓");
  expect(empty).toBe("");
});

test("every value is a secret to Pulumi, even one that was not", async () => {
  const data = secretData({ plain: "a", output: pulumi.output("b"), secret: pulumi.secret("c") });
  for (const value of Object.values(data)) expect(await pulumi.isSecret(value)).toBe(true);
});
