import { z } from "zod";
import { parseQuantity, QuantityError } from "../components/kubernetes/index.js";

/** A Kubernetes quantity that is more than nothing. */
export const quantity = z.string().superRefine((text, context) => {
  try {
    if (parseQuantity(text) <= 0) context.addIssue({ code: "custom", message: `"${text}" must be more than nothing` });
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
});

const amounts = z.strictObject({ cpu: quantity, memory: quantity });

/** Requests and limits of a container, no request above its limit. */
export const resources = z.strictObject({ requests: amounts, limits: amounts }).superRefine((value, context) => {
  for (const key of ["cpu", "memory"] as const) {
    const [request, limit] = [value.requests[key], value.limits[key]];
    if (quantity.safeParse(request).success && quantity.safeParse(limit).success) {
      if (parseQuantity(request) > parseQuantity(limit)) {
        context.addIssue({
          code: "custom",
          path: ["requests", key],
          message: `request ${request} is more than the limit ${limit}`,
        });
      }
    }
  }
});
