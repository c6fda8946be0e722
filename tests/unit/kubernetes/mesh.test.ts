import { allowProbes, authorization } from "../../../components/kubernetes/index.js";

const selector = { "app.kubernetes.io/name": "order" };

test("workloads are known by their service account, others by namespace or address, each for one port", () => {
  const callers = [
    { workload: "api-gateway", partOf: "nusantara-mart", port: 8080 },
    { namespace: "monitoring", port: 9090 },
    { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"], port: 8080 },
  ];
  expect(authorization(selector, "nusantara-mart", callers)).toEqual({
    selector: { matchLabels: selector },
    action: "ALLOW",
    rules: [
      {
        from: [{ source: { principals: ["cluster.local/ns/nusantara-mart/sa/api-gateway"] } }],
        to: [{ operation: { ports: ["8080"] } }],
      },
      { from: [{ source: { namespaces: ["monitoring"] } }], to: [{ operation: { ports: ["9090"] } }] },
      {
        from: [{ source: { ipBlocks: ["10.0.0.0/8"], notIpBlocks: ["10.1.0.0/16"] } }],
        to: [{ operation: { ports: ["8080"] } }],
      },
    ],
  });
});

test("nobody may call a workload without callers: a policy that allows without a rule allows nothing", () => {
  expect(authorization(selector, "nusantara-mart", [])).toMatchObject({ action: "ALLOW", rules: [] });
});

test("probes are known by the one address that the mesh gives them", () => {
  expect(allowProbes()).toEqual({
    podSelector: {},
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ ipBlock: { cidr: "169.254.7.127/32" } }] }],
  });
});
