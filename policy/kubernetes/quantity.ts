/** Arithmetic of Kubernetes quantities; the one thing that the pack shares with what it judges. */
export { bytes, millicores, QuantityError } from "../../components/kubernetes/quantity.js";
