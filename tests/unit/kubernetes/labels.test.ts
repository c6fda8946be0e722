import { labels, selectorLabels } from "../../../components/kubernetes/labels.js";

const order = { name: "order", component: "backend", partOf: "nusantara-mart", city: "jakarta" };

test("an object carries the recommended labels and its city", () => {
  expect(labels(order)).toEqual({
    "app.kubernetes.io/name": "order",
    "app.kubernetes.io/component": "backend",
    "app.kubernetes.io/part-of": "nusantara-mart",
    "app.kubernetes.io/managed-by": "nusantara",
    "nusantara.io/city": "jakarta",
  });
});

test("a selector holds only labels that the pods have too", () => {
  expect(labels(order)).toMatchObject(selectorLabels(order));
});

test("a selector outlives a new role or a new city: Kubernetes would refuse to change it", () => {
  const moved = { ...order, component: "gateway", city: "bandung" };
  expect(selectorLabels(moved)).toEqual(selectorLabels(order));
});

test("selectors of different workloads and of different systems differ", () => {
  const selectors = [order, { ...order, name: "payment" }, { ...order, partOf: "jamtangan" }].map(selectorLabels);
  expect(new Set(selectors.map((selector) => JSON.stringify(selector))).size).toBe(3);
});
